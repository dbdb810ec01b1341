-- Publishing: accounts and their credentials, publications, approval, dead letters with a way back.

-- schemas/01_enums.sql

create type app.platform as enum (
  'x',          -- posts and threads, by OAuth 2
  'wordpress',  -- articles, by application password
  'mastodon',   -- posts and threads, by access token
  'bluesky',    -- posts and threads, by app password
  'discord',    -- a channel, by webhook
  'slack',      -- a channel, by webhook
  'newsletter', -- e-mail, by Resend
  'webhook',    -- any server of the owner's that takes Standard Webhooks
  'naver_blog', -- articles; a person posts them, there is no write API
  'linkedin'    -- posts; a person posts them, what was posted by API could not be read back
);

create type app.account_status as enum (
  'active',       -- can be published to
  'needs_reauth', -- its credentials are refused; a person must connect it again
  'disabled',     -- its webhook is gone for good; a person must connect another
  'removed'       -- by a person; final, its credentials are deleted
);

create type app.publication_status as enum (
  'waiting',    -- for its time, its turn, an approval or another attempt
  'publishing', -- claimed; lease over and nothing sent: waiting again, something sent: unknown
  'published',  -- accepted by the platform, or a person said so; final
  'failed',     -- given up, reason says why; a person may retry it
  'unknown',    -- may be out or not; read back at read_at, without one a person decides; never sent again by itself
  'handed_off', -- a person has been given it to post, and says when it is out
  'cancelled'   -- will not be published, reason says why; a person may retry it
);

create type app.publication_reason as enum (
  'refused',     -- failed: the platform refused it for good
  'invalid',     -- failed: it does not fit the platform; nothing was sent
  'account',     -- failed: its account could not be used in time
  'attempts',    -- failed: tried too often, never accepted
  'late',        -- failed: its time passed
  'delivery',    -- failed: QStash gave its message up, and its time had passed
  'paused',      -- cancelled: the schedule was paused
  'superseded',  -- cancelled: an edit moved the schedule to other times
  'deleted',     -- cancelled: the schedule was deleted
  'rejected',    -- cancelled: a person rejected the content
  'expired',     -- cancelled: nobody approved the content in time
  'stopped',     -- cancelled: skipped when the workspace went on after a stop
  'voided',      -- cancelled: a person took it back
  'removed',     -- cancelled: its account was removed
  'no_reply',    -- unknown: it was sent, and no reply came that tells
  'interrupted'  -- unknown: whoever sent it died before writing down what became of it
);

create type app.deadline_action as enum (
  'publish', -- nobody has objected in time: it goes out
  'skip'     -- nobody has approved in time: it does not
);

create type app.dead_letter_cause as enum (
  'delivery', -- QStash gave a message up
  'poison',   -- a message that nobody can act on, and no retry would make readable
  'platform', -- a platform refused a publication for good, or it does not fit
  'attempts', -- a publication was tried too often; the causes were passing ones, so it is driven again by itself
  'account'   -- a publication's account could not be used in time
);

create type app.dead_letter_status as enum (
  'open',      -- somebody, or the re-drive, may still do something
  'settled',   -- what it was about has come to an end without help
  'replayed',  -- went through the pipeline again; what becomes of that is in the ledger
  'discarded'  -- by a person, with a note
);

-- schemas/13_accounts.sql

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
  check ((status = 'removed') = (removed_at is not null))
);
create unique index accounts_external on app.accounts (workspace_id, platform, external_id) where status <> 'removed';
create index accounts_workspace on app.accounts (workspace_id, created_at, id);
create index accounts_created_by on app.accounts (created_by);

alter table app.accounts enable row level security;
create policy "members see accounts" on app.accounts for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.accounts to authenticated;

-- schemas/14_credentials.sql

-- What proves us to a platform, sealed by the application under the key `key_id`: the database never sees it open.
-- No policy and no grant: no person can read a row. `version` is raised by every change, so that of two who refresh the
-- same tokens the second notices.
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

-- schemas/15_oauth_states.sql

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

-- schemas/21_runs.sql

alter table app.runs add column publishes boolean not null default true;

-- schemas/22_contents.sql

alter table app.contents
  add column version int not null default 1,
  add column approve_by timestamptz,
  add column on_deadline app.deadline_action,
  add column decided_at timestamptz,
  add column decided_by uuid references auth.users on delete set null,
  add column decision_note text check (length(decision_note) <= 2000),
  add check ((approve_by is null) = (on_deadline is null));
create index contents_decided_by on app.contents (decided_by);
create index contents_deadline on app.contents (approve_by, id) where approve_by is not null;

-- schemas/26_alerts.sql

alter table app.alerts
  add column account_id uuid references app.accounts on delete cascade,
  add column content_id uuid references app.contents on delete cascade,
  add column notify_at timestamptz,
  add column notify_attempts smallint not null default 0,
  add column notified_at timestamptz;
create index alerts_account on app.alerts (account_id);
create index alerts_content on app.alerts (content_id);
create index alerts_notify on app.alerts (notify_at, id) where notify_at is not null;

-- schemas/28_publications.sql

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
  claim_id     text,
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

  unique (content_id, account_id),
  check (publish_at between '1970-01-01 00:00Z' and '2300-01-01 00:00Z'),
  check ((reason is null) = (status in ('waiting', 'publishing', 'published', 'handed_off'))),
  check ((finished_at is null) = (status in ('waiting', 'publishing', 'unknown', 'handed_off'))),
  check (status <> 'publishing' or (fence is not null and lease_until is not null)),
  check (attempted_at is null or status in ('publishing', 'unknown')),
  check (read_at is null or status = 'unknown')
);
-- One at a time of an account: not even a mistake of ours can have two.
create unique index publications_in_flight on app.publications (account_id) where status = 'publishing';
create index publications_account on app.publications (account_id, publish_at, id);
create index publications_turn on app.publications (account_id, publish_at, id) where status = 'waiting';
create index publications_due on app.publications (publish_at, id) where status = 'waiting';
create index publications_leases on app.publications (lease_until, id) where status = 'publishing';
create index publications_reads on app.publications (read_at, id) where read_at is not null;
create index publications_workspace on app.publications (workspace_id, created_at desc, id desc);
create index publications_schedule on app.publications (schedule_id, publish_at);
create index publications_requested_by on app.publications (requested_by);

alter table app.publications enable row level security;
create policy "members see publications" on app.publications for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.publications to authenticated;

-- schemas/29_dead_letters.sql

alter table app.dead_letters
  alter column dlq_id drop not null,
  add column publication_id uuid references app.publications on delete cascade,
  add column cause app.dead_letter_cause not null default 'delivery',
  add column letter_status app.dead_letter_status not null default 'open',
  add column history jsonb not null default '[]',
  add column note text check (length(note) <= 2000),
  add column redrives smallint not null default 0,
  add column redrive_at timestamptz;
update app.dead_letters set letter_status = 'settled' where outcome = 'closed';
drop index app.dead_letters_workspace;
create unique index dead_letters_publication_open on app.dead_letters (publication_id) where letter_status = 'open';
create index dead_letters_publication on app.dead_letters (publication_id);
create index dead_letters_list on app.dead_letters (workspace_id, created_at desc, id desc);
create index dead_letters_redrive on app.dead_letters (redrive_at, id) where redrive_at is not null;

-- schemas/30_approval_links.sql

-- A link by which somebody without a login may decide about one version of one content, once. The link itself is signed
-- by the application and names this row.
create table app.approval_links (
  id           uuid primary key,
  workspace_id uuid not null references app.workspaces on delete cascade,
  content_id   uuid not null references app.contents on delete cascade,
  version      int not null, -- of the content that is to be decided; an edit voids the link
  created_by   uuid references auth.users on delete set null, -- null: sent by ourselves to the schedule's reviewers
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  used_at      timestamptz,
  decision     text check (decision in ('approve', 'reject')),
  check ((used_at is null) = (decision is null))
);
create index approval_links_workspace on app.approval_links (workspace_id);
create index approval_links_content on app.approval_links (content_id);
create index approval_links_created_by on app.approval_links (created_by);

alter table app.approval_links enable row level security;

notify pgrst, 'reload schema';
