-- Where a workspace publishes to. What proves us to the platform is in app.credentials, which nobody can read here.
create table app.accounts (
  id           uuid primary key,
  workspace_id uuid not null references app.workspaces on delete cascade,
  platform     app.platform not null,
  name         text not null check (length(name) between 1 and 200),        -- as the owner knows it: @handle, site, #channel
  external_id  text not null check (length(external_id) between 1 and 500), -- the platform's own id; never a secret
  settings     jsonb not null default '{}'
               check (jsonb_typeof(settings) = 'object' and octet_length(settings::text) <= 16384),
  -- When it may be published to: {timezone, quietHours: [{from, to, days}], blackoutDates: [..]}; read by domain/cadence.py.
  cadence      jsonb not null default '{}'
               check (jsonb_typeof(cadence) = 'object' and octet_length(cadence::text) <= 16384),
  spacing      interval not null default '0' check (spacing between interval '0' and interval '7 days'),
  status       app.account_status not null default 'active',
  status_reason text check (length(status_reason) <= 500), -- the platform's own words, if not active
  throttled_until timestamptz,   -- nothing is sent to it before: the platform asked so
  last_published_at timestamptz, -- spacing counts from here
  created_by   uuid references auth.users on delete set null,
  created_at   timestamptz not null,
  updated_at   timestamptz not null,
  removed_at   timestamptz,
  check ((status = 'removed') = (removed_at is not null)),
  -- As of a schedule's settings: what no reader can hold must not get in.
  check (not settings @? '$.**{20}' and not settings @? '$.** ? (@ > 9007199254740992 || @ < -9007199254740992)'),
  check (not cadence @? '$.**{20}' and not cadence @? '$.** ? (@ > 9007199254740992 || @ < -9007199254740992)')
);
create unique index accounts_external on app.accounts (workspace_id, platform, external_id) where status <> 'removed';
create index accounts_workspace on app.accounts (workspace_id, created_at, id);
create index accounts_created_by on app.accounts (created_by);

alter table app.accounts enable row level security;
create policy "members see accounts" on app.accounts for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.accounts to authenticated;
