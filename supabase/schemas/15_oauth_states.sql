-- A connection by OAuth that a person has begun. Found by the hash of `state`, used once; the PKCE verifier is sealed.
create table app.oauth_states (
  state_hash   text primary key check (length(state_hash) <= 100),
  workspace_id uuid not null references app.workspaces on delete cascade,
  user_id      uuid not null references auth.users on delete cascade,
  platform     app.platform not null,
  key_id       text not null,
  sealed       text not null check (octet_length(sealed) <= 8192),
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  used_at      timestamptz
);
create index oauth_states_workspace on app.oauth_states (workspace_id);
create index oauth_states_user on app.oauth_states (user_id);

alter table app.oauth_states enable row level security;
