-- A rule (when), settings (what), and where the loop stands (next_run_at … armed_message_id).
create table app.schedules (
  id              uuid primary key,
  workspace_id    uuid not null references app.workspaces on delete cascade,
  created_by      uuid references auth.users on delete set null,
  name            text not null check (length(name) between 1 and 200),
  content_type    app.content_type not null,

  -- the rule; times of day are wall clock in `timezone`
  frequency       app.frequency not null,
  time_of_day     time check (time_of_day < '24:00'),
  weekday         smallint check (weekday between 1 and 7),       -- ISO: 1 = Monday
  day_of_month    smallint check (day_of_month between 1 and 31), -- the wanted day; shorter months use their last
  rrule           text check (length(rrule) <= 2000),
  timezone        text not null check (length(timezone) <= 100),
  anchor_at       timestamptz not null,
  starts_at       timestamptz,
  ends_at         timestamptz,
  max_runs        int check (max_runs > 0),

  -- Null: the default of the frequency.
  lateness_limit  interval check (lateness_limit > interval '0' and lateness_limit <= interval '31 days'),
  lead_time       interval not null default interval '0' check (lead_time between interval '0' and interval '1 day'),
  priority        smallint not null default 5 check (priority between 0 and 9), -- 9 goes first
  settings        jsonb not null default '{}'
                  check (jsonb_typeof(settings) = 'object' and octet_length(settings::text) <= 65536),

  is_active       boolean not null default true, -- false: paused by a person, or finished
  deleted_at      timestamptz,                   -- set: in the bin, restore_schedule undoes it
  finished_at     timestamptz,                   -- set: the rule has no occurrence left
  revision        int not null default 1,        -- counts changes of rule, activity and deletion

  next_run_at     timestamptz, -- the occurrence it waits for; null while paused, deleted or finished
  late_at         timestamptz, -- from this instant on that occurrence is no longer performed
  following_run_at  timestamptz, -- the occurrence after it, if the arming told: its claim then moves on to it at once
  following_late_at timestamptz,
  armed_for       timestamptz, -- the occurrence for which a message was last published
  armed_at        timestamptz,
  arm_count       int not null default 0,
  armed_message_id text,

  run_count       int not null default 0,    -- scheduled occurrences begun; max_runs counts these
  last_run_at     timestamptz,               -- when content was last saved
  total_generated bigint not null default 0, -- contents
  total_failed    bigint not null default 0, -- failed runs
  consecutive_failures int not null default 0,

  idempotency_key text,
  request_hash    text,
  created_at      timestamptz not null,
  updated_at      timestamptz not null, -- last change by a person

  -- What its runs may cost in one UTC day and month, worst case included; null: what plan and workspace leave.
  daily_cost_cap   bigint check (daily_cost_cap between 1 and 1000000000000),
  monthly_cost_cap bigint check (monthly_cost_cap between 1 and 1000000000000),

  -- A person may write these past our doors, with a token of their own. What no reader can hold must not get in: one
  -- such row would end every list and every sweep that meets it.
  check (not settings @? '$.**{20}' and not settings @? '$.** ? (@ > 9007199254740992 || @ < -9007199254740992)'),
  check (anchor_at between '1970-01-01 00:00Z' and '2300-01-01 00:00Z'),
  check (starts_at between '1970-01-01 00:00Z' and '2300-01-01 00:00Z'),
  check (ends_at between '1970-01-01 00:00Z' and '2300-01-01 00:00Z'),
  check (next_run_at between '1970-01-01 00:00Z' and '2300-01-01 00:00Z'),
  check (late_at between '1970-01-01 00:00Z' and '2300-01-01 00:00Z'),
  check (length(idempotency_key) <= 200 and length(request_hash) <= 200),

  check ((next_run_at is null) = (late_at is null)),
  check ((following_run_at is null) = (following_late_at is null)),
  check (following_run_at > next_run_at),
  check (next_run_at is null or (is_active and deleted_at is null and finished_at is null)),
  check (not is_active or finished_at is null)
);
create unique index schedules_key on app.schedules (workspace_id, idempotency_key) where idempotency_key is not null;
create index schedules_workspace on app.schedules (workspace_id, created_at desc, id desc);
create index schedules_created_by on app.schedules (created_by);
-- The sweep reads these two, one range for each priority: its cost follows what is due, not how many schedules exist.
create index schedules_due on app.schedules (priority, next_run_at, id) where next_run_at is not null;
create index schedules_unarmed on app.schedules (priority, next_run_at, id)
  where next_run_at is not null and armed_for is distinct from next_run_at;

-- Which messages of a workspace are out: a claim looks whether a more important one waits for its slot.
create index schedules_armed on app.schedules (workspace_id, armed_for) where armed_for is not null;

alter table app.schedules enable row level security;
create policy "members see schedules" on app.schedules for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.schedules to authenticated;
