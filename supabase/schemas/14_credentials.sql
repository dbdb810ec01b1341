-- What proves us to a platform, sealed by the application under the key `key_id`: the database never sees it open.
-- No policy and no grant: no person can read a row. `version` is raised by every change of what is inside, so that of two
-- who refresh the same tokens the second notices; another key seals the same version.
create table app.credentials (
  account_id   uuid primary key references app.accounts on delete cascade,
  workspace_id uuid not null references app.workspaces on delete cascade,
  key_id       text not null check (length(key_id) between 1 and 100),
  sealed       text not null check (octet_length(sealed) <= 262144),
  version      int not null default 1,
  expires_at   timestamptz, -- of the access token inside; null: it does not expire
  updated_at   timestamptz not null
);
create index credentials_workspace on app.credentials (workspace_id);
create index credentials_key on app.credentials (key_id, account_id);

alter table app.credentials enable row level security;
