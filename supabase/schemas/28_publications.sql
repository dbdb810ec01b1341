-- One content on its way to one account. A fence is drawn for each claim; only who holds the newest may write what became
-- of it. An attempt is written down before the platform is called: a lease that ends after that means `unknown`.
--
-- A publication is sent in parts: a thread's posts, an article's draft and its release, a newsletter's batches. `parts`
-- are those that the platform has accepted, [{external_id, url, at}]; the next to send is number jsonb_array_length(parts).
create sequence app.publication_fences;

create table app.publications (
  id           uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references app.workspaces on delete cascade,
  schedule_id  uuid not null references app.schedules on delete cascade,
  content_id   uuid not null references app.contents on delete cascade,
  account_id   uuid not null references app.accounts on delete cascade,
  requested_by uuid references auth.users on delete set null, -- a person's own wish: pausing the schedule leaves it alone
  status       app.publication_status not null default 'waiting',
  reason       app.publication_reason,

  publish_at   timestamptz not null, -- when it is wanted, quiet hours and the like allowed for; an account's order
  late_at      timestamptz,          -- from this instant on it is given up; null: never
  retry_at     timestamptz,          -- waiting: not before, after a failed attempt; its place in the order stays

  attempt      int not null default 0, -- claims to send
  claim_id     text,         -- whose outcome has not been told; null: it has
  fence        bigint,
  lease_until  timestamptz,  -- publishing, or unknown and being read back: nobody else before
  attempted_at timestamptz,  -- a call that nobody has written the outcome of; null: nothing is under way
  version      int,          -- of the content that was attempted last
  parts        jsonb not null default '[]' check (jsonb_typeof(parts) = 'array'),
  read_at      timestamptz,  -- unknown: when to read the account back; null: a person decides
  reads        jsonb not null default '[]', -- unknown: [{at, outcome}] since it became so
  errors       jsonb not null default '[]', -- {at, attempt, fault, code, message}, the newest 20
  external_id  text check (length(external_id) <= 1000), -- of the first part
  url          text check (length(url) <= 2000),
  cost         bigint not null default 0, -- what the platform charges, micro-USD

  armed_for    timestamptz, -- the instant for which a message was last published
  armed_at     timestamptz,
  arm_count    int not null default 0,
  armed_message_id text,

  created_at   timestamptz not null,
  published_at timestamptz,
  finished_at  timestamptz, -- published, failed or cancelled
  sent_fence   bigint,      -- of the claim that made the call at attempted_at

  unique (content_id, account_id),
  check (publish_at between '1970-01-01 00:00Z' and '2300-01-01 00:00Z'),
  check ((reason is null) = (status in ('waiting', 'publishing', 'published', 'handed_off'))),
  check ((finished_at is null) = (status in ('waiting', 'publishing', 'unknown', 'handed_off'))),
  check (status <> 'publishing' or (fence is not null and lease_until is not null)),
  check (attempted_at is null or status in ('publishing', 'unknown')),
  check (read_at is null or status = 'unknown'),
  check (sent_fence is null or attempted_at is not null)
);
-- One at a time of an account: not even a mistake of ours can have two.
create unique index publications_in_flight on app.publications (account_id) where status = 'publishing';
create index publications_account on app.publications (account_id, publish_at, id);
create index publications_turn on app.publications (account_id, publish_at, id) where status = 'waiting';
create index publications_due on app.publications (publish_at, id) where status = 'waiting';
create index publications_leases on app.publications (lease_until, id) where status = 'publishing';
create index publications_reads on app.publications (read_at, id) where read_at is not null;
-- Whoever waits without a message for when they are ready; whoever waits too long; whoever holds one of an account.
create index publications_unarmed on app.publications (publish_at, id)
  where status = 'waiting' and (armed_for is null or armed_for < greatest(publish_at, retry_at));
create index publications_armed on app.publications (armed_for, id) where status = 'waiting' and armed_for is not null;
create index publications_late on app.publications (late_at, id) where status = 'waiting' and late_at is not null;
create index publications_late_of on app.publications (account_id, late_at) where status = 'waiting' and late_at is not null;
create index publications_held on app.publications (account_id) where lease_until is not null;
create index publications_workspace on app.publications (workspace_id, created_at desc, id desc);
create index publications_schedule on app.publications (schedule_id, publish_at);
create index publications_requested_by on app.publications (requested_by);

alter table app.publications enable row level security;
create policy "members see publications" on app.publications for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.publications to authenticated;
