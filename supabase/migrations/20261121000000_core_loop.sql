-- The core loop: workspaces, schedules, the ledger of runs, contents, and the functions that move them.

-- schemas/00_schema.sql

-- Tables and inner functions live in `app`, which the API does not expose. Callers use the functions in `public`, one
-- jsonb answer each; `authenticated` may look into `app` only as far as the policies beside each table let it.
create schema app;
revoke all on schema app from public;
grant usage on schema app to authenticated;
grant usage on schema public to authenticated, service_role;

-- schemas/01_enums.sql

-- The same words as the StrEnums of lib/domain; a test compares them.

create type app.member_role as enum (
  'owner',  -- may do everything, also with members and the plan
  'editor', -- may write schedules and contents
  'viewer'  -- may only look
);

create type app.subscription_status as enum (
  'active',   -- paid, or free
  'trialing', -- not yet to be paid
  'past_due', -- a payment failed; served until period_end
  'canceled'  -- ended by the customer; served until period_end
);

create type app.frequency as enum (
  'hourly',  -- elapsed grid of one hour
  '3hours',  -- elapsed grid of three hours
  '6hours',  -- elapsed grid of six hours
  'daily',   -- a local time of day
  'weekly',  -- a local time on one weekday
  'monthly', -- a local time on the wanted day, or the month's last
  'custom'   -- RFC 5545 RRULE
);

create type app.content_type as enum (
  'x_post',       -- one post of at most 280 weighted characters
  'x_thread',     -- several such posts
  'blog_post',    -- title and markdown body
  'newsletter',   -- subject and markdown body
  'linkedin_post' -- one post of at most 3,000 characters
);

create type app.run_status as enum (
  'running',   -- claimed, lease live: finish_run or fail_run moves it on; lease over: the sweep
  'retrying',  -- failed for now: the next delivery moves it on, or the sweep once retry_at has come
  'succeeded', -- content saved; final
  'failed',    -- given up, reason says why; final
  'skipped',   -- deliberately not performed, reason says why; final
  'missed'     -- its time passed before anybody could perform it; final
);

create type app.run_reason as enum (
  'paused',       -- skipped: the schedule was paused
  'superseded',   -- skipped: an edit moved the schedule to other times
  'deleted',      -- skipped: the schedule was deleted
  'subscription', -- skipped: the workspace's subscription had lapsed
  'quota',        -- skipped: the plan's runs of the day were used up
  'budget',       -- skipped: the plan's money of the day was used up; failed: no money left for another attempt
  'late',         -- missed: nobody came in time; failed: not finished in time
  'model',        -- failed: no model could or would write it
  'content',      -- failed: what was written did not pass the platform's limits
  'attempts',     -- failed: begun too often without an end
  'delivery',     -- failed: QStash gave up and its time had passed
  'invalid'       -- failed: the stored rule or settings cannot be used
);

create type app.run_trigger as enum (
  'schedule', -- a nominal occurrence
  'manual'    -- a person pressed "run now"
);

create type app.content_status as enum (
  'draft',           -- written and saved; a person, or the schedule's targets, decide
  'pending_publish', -- approved; its publications are on their way
  'published',       -- out; final
  'rejected',        -- a person said no; final
  'expired'          -- nobody decided in time; final
);

-- schemas/10_plans.sql

-- The one table of limits. Money is micro-USD here and everywhere.
create table app.plans (
  plan          text primary key,
  max_schedules int not null check (max_schedules >= 0), -- schedules that are not deleted
  runs_a_day    int not null check (runs_a_day >= 0),    -- runs begun in one UTC day
  parallelism   int not null check (parallelism > 0),    -- texts of one workspace written at the same time
  daily_cost    bigint not null check (daily_cost >= 0)  -- what the models may cost in one UTC day, worst case included
);

insert into app.plans (plan, max_schedules, runs_a_day, parallelism, daily_cost) values
  ('free', 5, 30, 1, 500000),
  ('creator', 50, 500, 5, 10000000),
  ('team', 500, 5000, 20, 100000000);

alter table app.plans enable row level security;
create policy "everybody knows the plans" on app.plans for select to authenticated using (true);
grant select on app.plans to authenticated;

-- schemas/11_workspaces.sql

-- Whose everything is. A person's own workspace has the person's id.
create table app.workspaces (
  id                  uuid primary key default gen_random_uuid(),
  name                text not null check (length(name) between 1 and 200),
  plan                text not null default 'free' references app.plans,
  subscription_status app.subscription_status not null default 'active',
  period_end          timestamptz, -- paid until then whatever the status; null: no end while active or trialing
  paused_at           timestamptz, -- set: the workspace is stopped, claims answer `held`
  created_at          timestamptz not null
);
create index workspaces_plan on app.workspaces (plan);

-- schemas/12_members.sql

-- Who may do what in which workspace. Every policy below asks this table.
create table app.members (
  workspace_id uuid not null references app.workspaces on delete cascade,
  user_id      uuid not null references auth.users on delete cascade,
  role         app.member_role not null,
  created_at   timestamptz not null,
  primary key (workspace_id, user_id)
);
create index members_user on app.members (user_id);

alter table app.members enable row level security;
create policy "a person sees their own memberships" on app.members for select to authenticated
  using (user_id = (select auth.uid()));
grant select on app.members to authenticated;

alter table app.workspaces enable row level security;
create policy "members see their workspace" on app.workspaces for select to authenticated
  using (id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.workspaces to authenticated;

-- schemas/20_schedules.sql

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

alter table app.schedules enable row level security;
create policy "members see schedules" on app.schedules for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.schedules to authenticated;

-- schemas/21_runs.sql

-- The ledger: one row for every nominal occurrence and for every "run now".
-- A fence is drawn for each attempt; only who holds the newest may write the outcome.
create sequence app.run_fences;

create table app.runs (
  id              uuid primary key default gen_random_uuid(),
  workspace_id    uuid not null references app.workspaces on delete cascade,
  schedule_id     uuid not null references app.schedules on delete cascade,
  trigger         app.run_trigger not null,
  due_at          timestamptz, -- nominal time; null for manual runs
  idempotency_key text,        -- manual runs only
  requested_by    uuid references auth.users on delete set null,
  status          app.run_status not null,
  reason          app.run_reason,
  revision        int not null, -- of the schedule when the row was written

  attempt         int not null default 0,
  claim_id        text,
  fence           bigint,
  lease_until     timestamptz, -- nobody else may begin it before
  retry_at        timestamptz, -- retrying: the sweep takes it up after this
  late_at         timestamptz, -- from this instant on it is given up; null: never
  message_id      text,

  reserved_day    date,                      -- the UTC day whose quota and budget it uses; null: it used none
  worst_cost      bigint not null default 0, -- what one attempt may cost at most
  reserved_cost   bigint not null default 0, -- held back in the day's budget until the run ends
  prompt_version  text,
  model_attempts  jsonb not null default '[]',
  tokens_in       bigint not null default 0,
  tokens_out      bigint not null default 0,
  cost            bigint not null default 0, -- measured, of all attempts
  errors          jsonb not null default '[]', -- {at, attempt, code, message} of each failed attempt

  created_at      timestamptz not null,
  started_at      timestamptz, -- first attempt
  finished_at     timestamptz,

  unique (schedule_id, due_at),
  unique (schedule_id, idempotency_key),
  check ((trigger = 'schedule') = (due_at is not null)),
  check ((trigger = 'manual') = (idempotency_key is not null)),
  check ((reason is null) = (status in ('running', 'retrying', 'succeeded'))),
  check ((finished_at is null) = (status in ('running', 'retrying'))),
  check (status <> 'running' or (fence is not null and lease_until is not null)),
  check (status <> 'retrying' or retry_at is not null)
);
create index runs_workspace on app.runs (workspace_id);
create index runs_requested_by on app.runs (requested_by);
create index runs_history on app.runs (schedule_id, (coalesce(due_at, created_at)) desc, id desc);
create index runs_leased on app.runs (lease_until) where status = 'running';
create index runs_retrying on app.runs (retry_at) where status = 'retrying';

alter table app.runs enable row level security;
create policy "members see runs" on app.runs for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.runs to authenticated;

-- schemas/22_contents.sql

-- What a run wrote: one row for each item.
create table app.contents (
  id           uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references app.workspaces on delete cascade,
  schedule_id  uuid not null references app.schedules on delete cascade,
  run_id       uuid not null references app.runs on delete cascade,
  item         smallint not null,
  kind         app.content_type not null,
  title        text,
  body         text,
  segments     jsonb, -- the posts of a thread
  status       app.content_status not null default 'draft',
  word_count   int not null default 0 check (word_count >= 0),
  meta         jsonb not null default '{}',
  created_at   timestamptz not null,
  unique (run_id, item),
  check (body is not null or segments is not null)
);
create index contents_workspace on app.contents (workspace_id, created_at desc, id desc);
create index contents_schedule on app.contents (schedule_id, created_at desc, id desc);

alter table app.contents enable row level security;
create policy "members see contents" on app.contents for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.contents to authenticated;

-- schemas/23_budget_days.sql

-- What a workspace has used of its plan in one UTC day. Its row lock makes concurrent claims queue up, so the sum of
-- reserved and spent never passes the plan's limit.
create table app.budget_days (
  workspace_id  uuid not null references app.workspaces on delete cascade,
  day           date not null,
  runs          int not null default 0 check (runs >= 0),
  reserved_cost bigint not null default 0 check (reserved_cost >= 0), -- of runs that have not ended
  spent_cost    bigint not null default 0 check (spent_cost >= 0),    -- measured, of runs that have
  primary key (workspace_id, day)
);

alter table app.budget_days enable row level security;
create policy "members see their days" on app.budget_days for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.budget_days to authenticated;

-- schemas/24_dead_letters.sql

-- Messages that QStash gave up. Only a record: what became of the run is decided from the ledger.
create table app.dead_letters (
  id           uuid primary key default gen_random_uuid(),
  dlq_id       text not null unique,
  message_id   text,
  workspace_id uuid references app.workspaces on delete cascade,
  schedule_id  uuid references app.schedules on delete set null,
  run_id       uuid references app.runs on delete set null,
  due_at       timestamptz,
  url          text,
  status       int,
  body         text check (octet_length(body) <= 8192),
  outcome      text not null, -- closed, waiting or failed
  created_at   timestamptz not null,
  settled_at   timestamptz -- null while waiting
);
create index dead_letters_workspace on app.dead_letters (workspace_id);
create index dead_letters_schedule on app.dead_letters (schedule_id);
create index dead_letters_run on app.dead_letters (run_id);

alter table app.dead_letters enable row level security;
create policy "members see dead letters" on app.dead_letters for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.dead_letters to authenticated;

-- schemas/25_audit_log.sql

-- Who changed what, when: one row for each change by a person. Never holds prompts, only the names of changed fields.
create table app.audit_log (
  id           uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references app.workspaces on delete cascade,
  user_id      uuid references auth.users on delete set null,
  action       text not null,
  target       uuid,
  detail       jsonb not null default '{}',
  at           timestamptz not null
);
create index audit_log_workspace on app.audit_log (workspace_id, at desc);
create index audit_log_user on app.audit_log (user_id);

alter table app.audit_log enable row level security;
create policy "members see the log" on app.audit_log for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.audit_log to authenticated;

-- schemas/50_app/apply_rule_change.sql

-- What a changed rule does to the occurrence that the schedule waits for. Called by update_schedule with the schedule as
-- it was and as it is now, both locked.
create function app.apply_rule_change(
  p_old app.schedules, p_new app.schedules, p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns app.schedules
language plpgsql set search_path = ''
as $$
begin
  -- Paused by a person: the new rule is asked when they resume it.
  if not p_new.is_active and p_new.finished_at is null then
    return p_new;
  end if;
  -- Already due and not begun: it is still performed as it was promised, the new rule applies after it.
  if p_old.next_run_at <= p_now and not exists (
    select from app.runs r where r.schedule_id = p_old.id and r.due_at = p_old.next_run_at
  ) then
    return p_new;
  end if;
  perform app.check_ahead(p_next_run_at, p_now);
  if not app.has_future(p_new, p_next_run_at) then
    perform app.cancel_occurrence(p_old, 'superseded', p_now);
    return case when p_new.finished_at is null then app.finish_schedule(p_new.id, p_now) else p_new end;
  end if;
  if p_next_run_at = p_old.next_run_at then
    update app.schedules s set late_at = p_late_at where s.id = p_new.id returning s.* into p_new;
    return p_new;
  end if;
  perform app.cancel_occurrence(p_old, 'superseded', p_now);
  update app.schedules s set is_active = true, finished_at = null where s.id = p_new.id;
  return app.set_next_run(p_new.id, p_next_run_at, p_late_at, p_now);
end;
$$;
revoke execute on function app.apply_rule_change from public;

-- schemas/50_app/begin_run.sql

-- Writes the row of a run that begins now, its first attempt under way and what it may cost held back already.
-- Exactly one of p_due_at (an occurrence) and p_key (a "run now") is given.
create function app.begin_run(
  p_schedule app.schedules, p_due_at timestamptz, p_key text, p_user_id uuid,
  p_claim_id text, p_message_id text, p_lease interval, p_worst_cost bigint, p_now timestamptz
) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_run app.runs;
begin
  insert into app.runs (
    workspace_id, schedule_id, trigger, due_at, idempotency_key, requested_by, status, revision, attempt, claim_id,
    fence, lease_until, late_at, message_id, reserved_day, worst_cost, reserved_cost, created_at, started_at)
  values (
    p_schedule.workspace_id, p_schedule.id,
    case when p_due_at is null then 'manual' else 'schedule' end::app.run_trigger,
    p_due_at, p_key, p_user_id, 'running', p_schedule.revision, 1, p_claim_id,
    nextval('app.run_fences'), p_now + p_lease, case when p_due_at is not null then p_schedule.late_at end,
    p_message_id, app.utc_day(p_now), p_worst_cost, p_worst_cost, p_now, p_now)
  returning * into v_run;
  return v_run;
end;
$$;
revoke execute on function app.begin_run from public;

-- schemas/50_app/cancel_occurrence.sql

-- Writes the ledger row of the occurrence that a schedule waited for and now will not perform. One that was begun
-- already has its row and keeps it.
create function app.cancel_occurrence(p_schedule app.schedules, p_reason app.run_reason, p_now timestamptz)
returns void
language sql set search_path = ''
as $$
  insert into app.runs (
    workspace_id, schedule_id, trigger, due_at, status, reason, revision, late_at, created_at, finished_at)
  select
    p_schedule.workspace_id, p_schedule.id, 'schedule', p_schedule.next_run_at, 'skipped', p_reason,
    p_schedule.revision, p_schedule.late_at, p_now, p_now
  where p_schedule.next_run_at is not null
  on conflict (schedule_id, due_at) do nothing;
$$;
revoke execute on function app.cancel_occurrence from public;

-- schemas/50_app/check_ahead.sql

-- Refuses a first occurrence that is not ahead: what has passed already is never waited for anew. Null: there is none.
create function app.check_ahead(p_next_run_at timestamptz, p_now timestamptz) returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if p_next_run_at <= p_now then
    raise sqlstate '22023' using message = 'the next occurrence must be ahead of now';
  end if;
end;
$$;
revoke execute on function app.check_ahead from public;

-- schemas/50_app/check_fields.sql

-- Lets only those columns of a schedule through that a person may write.
create function app.check_fields(p_fields jsonb) returns void
language plpgsql immutable set search_path = ''
as $$
declare
  v_unknown text;
begin
  select key into v_unknown from jsonb_object_keys(p_fields) as key
    where key <> all (array[
      'name', 'content_type', 'frequency', 'time_of_day', 'weekday', 'day_of_month', 'rrule', 'timezone', 'anchor_at',
      'starts_at', 'ends_at', 'max_runs', 'lateness_limit', 'lead_time', 'priority', 'settings'])
    order by key limit 1;
  if v_unknown is not null then
    raise sqlstate '22023' using message = format('unknown field %s', v_unknown);
  end if;
end;
$$;
revoke execute on function app.check_fields from public;

-- schemas/50_app/check_now.sql

-- Lets a person's p_now through while the access token that comes with it is good, a minute of clock skew allowed.
-- Our doors always pass such a time; whoever calls past them cannot date what they do, nor let years of occurrences
-- become due.
create function app.check_now(p_now timestamptz) returns void
language plpgsql stable set search_path = ''
as $$
declare
  v_clock_skew constant interval := interval '1 minute';
  v_token jsonb := (select auth.jwt());
begin
  if (p_now between to_timestamp((v_token ->> 'iat')::float8) - v_clock_skew
    and to_timestamp((v_token ->> 'exp')::float8) + v_clock_skew) is not true
  then
    raise sqlstate '22023' using message = 'p_now is not within the life of this access token';
  end if;
end;
$$;
revoke execute on function app.check_now from public;

-- schemas/50_app/check_plan_limit.sql

-- Refuses when the plan has no room for another schedule. Locks the workspace, so that two at once cannot both have the
-- last place.
create function app.check_plan_limit(p_workspace_id uuid) returns void
language plpgsql set search_path = ''
as $$
declare
  v_plan app.plans;
  v_count int;
begin
  perform from app.workspaces w where w.id = p_workspace_id for no key update;
  select p.* into v_plan from app.workspaces w join app.plans p on p.plan = w.plan where w.id = p_workspace_id;
  select count(*) into v_count from app.schedules s where s.workspace_id = p_workspace_id and s.deleted_at is null;
  if v_count >= v_plan.max_schedules then
    perform app.refuse(403, 'plan_limit',
      format('The plan %s allows %s schedules.', v_plan.plan, v_plan.max_schedules),
      jsonb_build_object('plan', v_plan.plan, 'limit', v_plan.max_schedules, 'used', v_count));
  end if;
end;
$$;
revoke execute on function app.check_plan_limit from public;

-- schemas/50_app/claim_answer.sql

-- The answer of every claim, with the schedule as it is after it.
create function app.claim_answer(p_outcome text, p_reason text, p_run app.runs, p_schedule_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return jsonb_build_object(
    'outcome', p_outcome,
    'reason', p_reason,
    'run', app.run_json(p_run),
    'lease_until', p_run.lease_until,
    'schedule', app.fresh_schedule(p_schedule_id));
end;
$$;
revoke execute on function app.claim_answer from public;

-- schemas/50_app/end_run.sql

-- Ends a run that was begun and wrote nothing: settles what it reserved and counts a failure. A run that cost nothing
-- gives its place in the day's quota back. p_fence: the holder's own, or a newer one when somebody else ends it, so that
-- a holder who comes back learns that the run is lost.
create function app.end_run(
  p_run app.runs, p_status app.run_status, p_reason app.run_reason, p_fence bigint, p_now timestamptz
) returns app.runs
language plpgsql set search_path = ''
as $$
begin
  perform app.settle_reservation(p_run, p_run.cost = 0);
  update app.runs r
    set status = p_status, reason = p_reason, fence = p_fence, reserved_cost = 0,
        lease_until = null, retry_at = null, finished_at = p_now
    where r.id = p_run.id
    returning r.* into p_run;
  if p_status = 'failed' then
    update app.schedules s
      set total_failed = s.total_failed + 1, consecutive_failures = s.consecutive_failures + 1
      where s.id = p_run.schedule_id;
  end if;
  return p_run;
end;
$$;
revoke execute on function app.end_run from public;

-- schemas/50_app/finish_schedule.sql

-- Ends a schedule whose rule has no occurrence left.
create function app.finish_schedule(p_schedule_id uuid, p_now timestamptz) returns app.schedules
language plpgsql set search_path = ''
as $$
declare
  v_schedule app.schedules;
begin
  update app.schedules s
    set is_active = false, finished_at = p_now, next_run_at = null, late_at = null,
        following_run_at = null, following_late_at = null,
        armed_for = null, armed_at = null, armed_message_id = null
    where s.id = p_schedule_id
    returning s.* into v_schedule;
  return v_schedule;
end;
$$;
revoke execute on function app.finish_schedule from public;

-- schemas/50_app/fresh_schedule.sql

-- A schedule as it stands after this transaction's writes, for answers.
create function app.fresh_schedule(p_schedule_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return (select app.schedule_json(s) from app.schedules s where s.id = p_schedule_id);
end;
$$;
revoke execute on function app.fresh_schedule from public;

-- schemas/50_app/has_future.sql

-- Lets a schedule whose occurrence has just got its row wait for the one that follows, if the arming told which that is:
-- the claim then needs no second call. Unknown: advance_schedule does it.
create function app.follow(p_schedule app.schedules, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
  if p_schedule.following_run_at is not null then
    perform app.move_on(
      p_schedule, p_schedule.next_run_at, p_schedule.revision,
      p_schedule.following_run_at, p_schedule.following_late_at, p_now);
  end if;
end;
$$;
revoke execute on function app.follow from public;

-- Whether a schedule may wait for p_next_run_at, or has come to its end.
create function app.has_future(p_schedule app.schedules, p_next_run_at timestamptz) returns boolean
language sql immutable set search_path = ''
as $$
  select p_next_run_at is not null
    and (p_schedule.max_runs is null or p_schedule.run_count < p_schedule.max_runs)
    and (p_schedule.ends_at is null or p_next_run_at <= p_schedule.ends_at);
$$;
revoke execute on function app.has_future from public;

-- schemas/50_app/interrupted_runs.sql

-- The third list of sweep_work: runs that were begun and that nobody is at work on, with what a message about them needs.
create function app.interrupted_runs(p_now timestamptz, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      app.run_json(page.r) || jsonb_build_object(
        'run_id', (page.r).id, 'priority', page.priority, 'parallelism', page.parallelism,
        'cursor', jsonb_build_object('priority', page.priority, 'at', page.since, 'id', (page.r).id))
      order by page.priority desc, page.since, (page.r).id), '[]')
    from (
      select idle.r, idle.since, s.priority, p.parallelism
      from (
        select r, r.lease_until as since from app.runs r
          where r.status = 'running' and r.lease_until < p_now - interval '1 minute'
        union all
        select r, r.retry_at from app.runs r
          where r.status = 'retrying' and r.retry_at < p_now) idle
      join app.schedules s on s.id = (idle.r).schedule_id
      join app.workspaces w on w.id = s.workspace_id and w.paused_at is null
      join app.plans p on p.plan = w.plan
      where p_after is null
        or (-s.priority, idle.since, (idle.r).id)
          > (-(p_after ->> 'priority')::int, (p_after ->> 'at')::timestamptz, (p_after ->> 'id')::uuid)
      order by s.priority desc, idle.since, (idle.r).id limit p_limit) page);
end;
$$;
revoke execute on function app.interrupted_runs from public;

-- schemas/50_app/is_armed_by.sql

-- Whether it is this very message that a schedule's coming occurrence is armed with.
create function app.is_armed_by(p_schedule app.schedules, p_message_id text) returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(p_schedule.armed_for = p_schedule.next_run_at and p_schedule.armed_message_id = p_message_id, false);
$$;
revoke execute on function app.is_armed_by from public;

-- schemas/50_app/lock_run.sql

-- A run whose schedule is locked first, as everybody does who writes. Refuses an unknown id.
create function app.lock_run(p_run_id uuid) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_run app.runs;
begin
  perform from app.schedules s join app.runs r on r.schedule_id = s.id where r.id = p_run_id for no key update of s;
  select r.* into v_run from app.runs r where r.id = p_run_id for no key update;
  if v_run.id is null then
    perform app.refuse(404, 'run_not_found', 'There is no such run.');
  end if;
  return v_run;
end;
$$;
revoke execute on function app.lock_run from public;

-- schemas/50_app/lock_schedule.sql

-- A schedule, locked for the service. Refuses an unknown id.
create function app.lock_schedule(p_schedule_id uuid) returns app.schedules
language plpgsql set search_path = ''
as $$
declare
  v_schedule app.schedules;
begin
  select s.* into v_schedule from app.schedules s where s.id = p_schedule_id for no key update;
  if v_schedule.id is null then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule.');
  end if;
  return v_schedule;
end;
$$;
revoke execute on function app.lock_schedule from public;

-- schemas/50_app/lost_claim.sql

-- Refuses a writer whose fence is no longer the run's: another attempt, or nobody, holds it now.
create function app.lost_claim(p_run app.runs) returns void
language plpgsql set search_path = ''
as $$
begin
  perform app.refuse(409, 'lost_claim', 'Another attempt holds this run, or it has ended.',
    jsonb_build_object('status', p_run.status, 'reason', p_run.reason));
end;
$$;
revoke execute on function app.lost_claim from public;

-- schemas/50_app/make_personal_workspace.sql

-- A person's own workspace, which has the person's id. Two at once make one.
create function app.make_personal_workspace(p_user_id uuid, p_now timestamptz) returns uuid
language plpgsql set search_path = ''
as $$
begin
  if not exists (select from app.workspaces w where w.id = p_user_id) then
    insert into app.workspaces (id, name, created_at) values (p_user_id, 'Personal', p_now)
      on conflict (id) do nothing;
    insert into app.members (workspace_id, user_id, role, created_at) values (p_user_id, p_user_id, 'owner', p_now)
      on conflict (workspace_id, user_id) do nothing;
  end if;
  return p_user_id;
end;
$$;
revoke execute on function app.make_personal_workspace from public;

-- schemas/50_app/measure.sql

-- Adds to a run what one attempt measured: {model_attempts, tokens_in, tokens_out, cost, prompt_version}, all optional.
create function app.measure(p_run_id uuid, p_measured jsonb) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_run app.runs;
begin
  update app.runs r
    set model_attempts = r.model_attempts || coalesce(nullif(p_measured -> 'model_attempts', 'null'), '[]'),
        tokens_in = r.tokens_in + coalesce((p_measured ->> 'tokens_in')::bigint, 0),
        tokens_out = r.tokens_out + coalesce((p_measured ->> 'tokens_out')::bigint, 0),
        cost = r.cost + coalesce((p_measured ->> 'cost')::bigint, 0),
        prompt_version = coalesce(p_measured ->> 'prompt_version', r.prompt_version)
    where r.id = p_run_id
    returning r.* into v_run;
  return v_run;
end;
$$;
revoke execute on function app.measure from public;

-- schemas/50_app/move_on.sql

-- Lets a schedule wait for the occurrence after p_due_at, or ends it. A compare-and-set: null when it no longer waits
-- for p_due_at, its revision has moved, or p_due_at has no ledger row yet (an occurrence is never left without one).
-- Called by advance_schedule and record_missed with the schedule locked.
create function app.move_on(
  p_schedule app.schedules, p_due_at timestamptz, p_revision int,
  p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns app.schedules
language plpgsql set search_path = ''
as $$
declare
  v_schedule app.schedules;
begin
  if p_next_run_at < p_due_at then
    raise sqlstate '22023' using message = 'the next occurrence cannot come before the one that is left';
  end if;
  if p_schedule.next_run_at is distinct from p_due_at or p_schedule.revision <> p_revision or not exists (
    select from app.runs r where r.schedule_id = p_schedule.id and r.due_at = p_due_at
  ) then
    return null;
  end if;
  if app.has_future(p_schedule, p_next_run_at) then
    return app.set_next_run(p_schedule.id, p_next_run_at, p_late_at, p_now);
  end if;
  v_schedule := app.finish_schedule(p_schedule.id, p_now);
  update app.schedules s set revision = s.revision + 1 where s.id = v_schedule.id returning s.* into v_schedule;
  return v_schedule;
end;
$$;
revoke execute on function app.move_on from public;

-- schemas/50_app/open_schedule.sql

-- A schedule, locked for change by the signed-in person, if their role is one of p_roles. Another tenant's schedule does
-- not exist for them; one in the bin only if p_deleted says so.
--
-- Everybody who writes locks in this order: schedule, run, workspace, budget day.
create function app.open_schedule(p_schedule_id uuid, p_roles app.member_role[], p_deleted boolean default false)
returns app.schedules
language plpgsql set search_path = ''
as $$
declare
  v_schedule app.schedules;
begin
  select s.* into v_schedule from app.schedules s
    join app.members m on m.workspace_id = s.workspace_id and m.user_id = (select auth.uid())
    where s.id = p_schedule_id and (p_deleted or s.deleted_at is null)
    for no key update of s;
  if v_schedule.id is null then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule in your workspaces.');
  end if;
  perform app.require_role(v_schedule.workspace_id, p_roles);
  return v_schedule;
end;
$$;
revoke execute on function app.open_schedule from public;

-- schemas/50_app/overdue_schedules.sql

-- The first list of sweep_work. One range of the index for each priority keeps the cost at what is overdue.
create function app.overdue_schedules(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_messages_are_used boolean := p_horizon > interval '0';
  v_patience interval := case when v_messages_are_used then interval '10 minutes' else interval '0' end;
  v_until timestamptz := p_now - v_patience;
begin
  return (
    select coalesce(jsonb_agg(
      app.schedule_json(page.s) || jsonb_build_object(
        'run_status', (
          select r.status from app.runs r where r.schedule_id = (page.s).id and r.due_at = (page.s).next_run_at),
        'lapsed', page.lapsed,
        'cursor', jsonb_build_object(
          'priority', (page.s).priority, 'at', (page.s).next_run_at, 'id', (page.s).id))
      order by (page.s).priority desc, (page.s).next_run_at, (page.s).id), '[]')
    from (
      select due.s, due.lapsed
      from app.sweep_levels(p_after) as level (priority, after_at, after_id)
      cross join lateral (
        select s, app.subscription_lapsed(w, p_now) as lapsed
        from app.schedules s join app.workspaces w on w.id = s.workspace_id
        where s.priority = level.priority and s.next_run_at is not null
          and s.next_run_at <= v_until and (s.next_run_at, s.id) > (level.after_at, level.after_id)
          -- A message that was sent since may still be on its way.
          and (not v_messages_are_used or (s.next_run_at < v_until
            and (s.armed_for is distinct from s.next_run_at or s.armed_at < v_until)))
          and w.paused_at is null
        order by s.next_run_at, s.id limit p_limit) due
      order by level.priority desc, (due.s).next_run_at, (due.s).id limit p_limit) page);
end;
$$;
revoke execute on function app.overdue_schedules from public;

-- schemas/50_app/page.sql

-- A page of a list: the first p_limit of p_found, which holds one more if there are others.
create function app.page(p_name text, p_found jsonb, p_limit int) returns jsonb
language sql immutable set search_path = ''
as $$
  select jsonb_build_object(
    p_name, case when jsonb_array_length(p_found) > p_limit then p_found - p_limit else p_found end,
    'more', jsonb_array_length(p_found) > p_limit);
$$;
revoke execute on function app.page from public;

-- schemas/50_app/page_size.sql

-- How many rows of a list are given at once: what was asked for, within 1 to 200; 50 if nothing was.
create function app.page_size(p_limit int) returns int
language sql immutable set search_path = ''
as $$
  select least(greatest(coalesce(p_limit, 50), 1), 200);
$$;
revoke execute on function app.page_size from public;

-- schemas/50_app/personal_workspace.sql

-- The signed-in person's own workspace, made when it is first needed. It has the person's id.
create function app.personal_workspace(p_now timestamptz) returns uuid
language plpgsql set search_path = ''
as $$
begin
  if (select auth.uid()) is null then
    perform app.refuse(401, 'unauthenticated', 'Nobody is signed in.');
  end if;
  return app.make_personal_workspace((select auth.uid()), p_now);
end;
$$;
revoke execute on function app.personal_workspace from public;

-- schemas/50_app/raise_reservation.sql

-- Holds back p_more for a run besides what is held back already.
create function app.raise_reservation(p_run app.runs, p_more bigint) returns void
language plpgsql set search_path = ''
as $$
begin
  update app.runs r set reserved_cost = r.reserved_cost + p_more where r.id = p_run.id;
  update app.budget_days d set reserved_cost = d.reserved_cost + p_more
    where d.workspace_id = p_run.workspace_id and d.day = p_run.reserved_day;
end;
$$;
revoke execute on function app.raise_reservation from public;

-- schemas/50_app/readable_workspace.sql

-- The workspace whose lists the signed-in person asks for: the named one if they are a member of it, else their own
-- (whose lists are empty before it is first needed).
create function app.readable_workspace(p_workspace_id uuid) returns uuid
language plpgsql stable set search_path = ''
as $$
begin
  if p_workspace_id is null then
    return (select auth.uid());
  end if;
  perform app.require_role(p_workspace_id, enum_range(null::app.member_role));
  return p_workspace_id;
end;
$$;
revoke execute on function app.readable_workspace from public;

-- schemas/50_app/refuse.sql

-- Ends the call with HTTP status p_status (PostgREST reads it from SQLSTATE PTnnn). p_code is for machines, p_sentence
-- for people. Never SQLSTATE 40001: PostgREST before 16 would repeat the transaction for ever.
create function app.refuse(p_status int, p_code text, p_sentence text, p_details jsonb default '{}') returns void
language plpgsql set search_path = ''
as $$
begin
  raise exception using errcode = 'PT' || p_status, message = p_code, detail = p_sentence, hint = p_details::text;
end;
$$;
revoke execute on function app.refuse from public;

-- schemas/50_app/require_role.sql

-- The signed-in person's role in a workspace, if it is one of p_roles. A workspace they are no member of does not exist
-- for them.
create function app.require_role(p_workspace_id uuid, p_roles app.member_role[]) returns app.member_role
language plpgsql stable set search_path = ''
as $$
declare
  v_role app.member_role;
begin
  select m.role into v_role from app.members m
    where m.workspace_id = p_workspace_id and m.user_id = (select auth.uid());
  if v_role is null then
    perform app.refuse(404, 'workspace_not_found', 'There is no such workspace for you.');
  elsif v_role <> all (p_roles) then
    perform app.refuse(403, 'role', format('Your role is %s; this takes %s.', v_role, array_to_string(p_roles, ' or ')));
  end if;
  return v_role;
end;
$$;
revoke execute on function app.require_role from public;

-- schemas/50_app/require_schedule.sql

-- The workspace of a schedule that the signed-in person may read; if p_workspace_id is given, only of that workspace.
create function app.require_schedule(p_schedule_id uuid, p_workspace_id uuid default null) returns uuid
language plpgsql stable set search_path = ''
as $$
declare
  v_workspace_id uuid;
begin
  select s.workspace_id into v_workspace_id
    from app.schedules s
    join app.members m on m.workspace_id = s.workspace_id and m.user_id = (select auth.uid())
    where s.id = p_schedule_id and s.workspace_id = coalesce(p_workspace_id, s.workspace_id);
  if v_workspace_id is null then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule in your workspaces.');
  end if;
  return v_workspace_id;
end;
$$;
revoke execute on function app.require_schedule from public;

-- schemas/50_app/reserve.sql

-- Takes one run and its worst cost from the workspace's day. Null: reserved; otherwise why not. The lock on the day's
-- row makes claims queue up, so that no number of them passes the limits together.
create function app.reserve(p_workspace app.workspaces, p_worst_cost bigint, p_now timestamptz) returns app.run_reason
language plpgsql set search_path = ''
as $$
declare
  v_today date := app.utc_day(p_now);
  v_day app.budget_days;
  v_plan app.plans;
begin
  insert into app.budget_days (workspace_id, day) values (p_workspace.id, v_today)
    on conflict (workspace_id, day) do nothing;
  select d.* into v_day from app.budget_days d where d.workspace_id = p_workspace.id and d.day = v_today
    for no key update;
  select p.* into v_plan from app.plans p where p.plan = p_workspace.plan;
  if v_day.runs >= v_plan.runs_a_day then
    return 'quota'::app.run_reason;
  elsif v_day.reserved_cost + v_day.spent_cost + p_worst_cost > v_plan.daily_cost then
    return 'budget'::app.run_reason;
  end if;
  update app.budget_days d set runs = d.runs + 1, reserved_cost = d.reserved_cost + p_worst_cost
    where d.workspace_id = p_workspace.id and d.day = v_today;
  return null;
end;
$$;
revoke execute on function app.reserve from public;

-- schemas/50_app/reserve_again.sql

-- Makes sure that a run's reservation covers what it has cost so far and one more attempt. False: the day's budget does
-- not allow it.
create function app.reserve_again(p_run app.runs, p_workspace app.workspaces) returns boolean
language plpgsql set search_path = ''
as $$
declare
  v_missing bigint := p_run.cost + p_run.worst_cost - p_run.reserved_cost;
  v_day app.budget_days;
begin
  if v_missing <= 0 then
    return true;
  end if;
  select d.* into v_day from app.budget_days d where d.workspace_id = p_run.workspace_id and d.day = p_run.reserved_day
    for no key update;
  if v_day.reserved_cost + v_day.spent_cost + v_missing > (
    select p.daily_cost from app.plans p where p.plan = p_workspace.plan
  ) then
    return false;
  end if;
  perform app.raise_reservation(p_run, v_missing);
  return true;
end;
$$;
revoke execute on function app.reserve_again from public;

-- schemas/50_app/resume_claim.sql

-- Decides whether a run that exists may be gone on with. Called by claim_run, resume_run and request_run with the
-- schedule locked; outcomes as claim_run describes them.
create function app.resume_claim(
  p_run app.runs, p_schedule app.schedules, p_claim_id text, p_message_id text, p_lease interval, p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_most_attempts constant int := 12;
  v_workspace app.workspaces;
  v_status app.run_status;
  v_reason app.run_reason;
begin
  if p_run.status not in ('running', 'retrying') then
    return app.claim_answer('duplicate', p_run.reason::text, p_run, p_schedule.id);
  end if;
  if p_run.status = 'running' and p_run.lease_until > p_now then
    -- The same claimant asks again because the answer was lost on the way.
    return app.claim_answer(
      case when p_run.claim_id = p_claim_id then 'claimed' else 'in_progress' end, null, p_run, p_schedule.id);
  end if;
  select w.* into v_workspace from app.workspaces w where w.id = p_run.workspace_id;
  if v_workspace.paused_at is not null then
    return app.claim_answer('held', null, p_run, p_schedule.id);
  end if;

  if p_schedule.deleted_at is not null then
    v_status := 'skipped'; v_reason := 'deleted';
  -- Finished is not paused: its last occurrence is still performed. A person's "run now" works while paused.
  elsif p_run.trigger = 'schedule' and not p_schedule.is_active and p_schedule.finished_at is null then
    v_status := 'skipped'; v_reason := 'paused';
  elsif p_now >= p_run.late_at then
    v_status := 'failed'; v_reason := 'late';
  elsif p_run.attempt >= v_most_attempts then
    v_status := 'failed'; v_reason := 'attempts';
  elsif not app.reserve_again(p_run, v_workspace) then
    v_status := 'failed'; v_reason := 'budget';
  end if;
  if v_status is not null then
    p_run := app.end_run(p_run, v_status, v_reason, nextval('app.run_fences'), p_now);
    return app.claim_answer(v_status::text, v_reason::text, p_run, p_schedule.id);
  end if;

  update app.runs r
    set status = 'running', attempt = r.attempt + 1, claim_id = p_claim_id, message_id = p_message_id,
        fence = nextval('app.run_fences'), lease_until = p_now + p_lease, retry_at = null
    where r.id = p_run.id
    returning r.* into p_run;
  return app.claim_answer('claimed', null, p_run, p_schedule.id);
end;
$$;
revoke execute on function app.resume_claim from public;

-- schemas/50_app/run_contents.sql

-- What a run wrote, in order.
create function app.run_contents(p_run_id uuid) returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(to_jsonb(c) order by c.item), '[]') from app.contents c where c.run_id = p_run_id;
$$;
revoke execute on function app.run_contents from public;

-- schemas/50_app/run_json.sql

-- A run as every caller sees it: all columns.
create function app.run_json(p_run app.runs) returns jsonb
language sql stable set search_path = ''
as $$
  select case when p_run.id is not null then to_jsonb(p_run) end;
$$;
revoke execute on function app.run_json from public;

-- schemas/50_app/schedule_json.sql

-- A schedule as every caller sees it: all columns, durations as numbers of seconds, with what the workspace adds to it.
create function app.schedule_json(p_schedule app.schedules) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select (to_jsonb(p_schedule) - 'request_hash') || jsonb_build_object(
      'lateness_limit', trim_scale(extract(epoch from p_schedule.lateness_limit)),
      'lead_time', trim_scale(extract(epoch from p_schedule.lead_time)),
      'parallelism', p.parallelism,
      'workspace_paused_at', w.paused_at)
    from app.workspaces w join app.plans p on p.plan = w.plan
    where w.id = p_schedule.workspace_id);
end;
$$;
revoke execute on function app.schedule_json from public;

-- schemas/50_app/set_next_run.sql

-- Makes p_next_run_at the occurrence that a schedule waits for; null: it waits for none. Nothing is armed for it yet.
-- An occurrence that was cancelled before it began, and is still ahead, is re-opened: its row goes.
create function app.set_next_run(
  p_schedule_id uuid, p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns app.schedules
language plpgsql set search_path = ''
as $$
declare
  v_schedule app.schedules;
begin
  delete from app.runs r
    where r.schedule_id = p_schedule_id and r.due_at = p_next_run_at and r.due_at > p_now
      and r.status = 'skipped' and r.reason in ('paused', 'superseded', 'deleted') and r.started_at is null;
  update app.schedules s
    set next_run_at = p_next_run_at,
        late_at = case when p_next_run_at is not null then p_late_at end,
        following_run_at = null, following_late_at = null,
        armed_for = null, armed_at = null, armed_message_id = null
    where s.id = p_schedule_id
    returning s.* into v_schedule;
  return v_schedule;
end;
$$;
revoke execute on function app.set_next_run from public;

-- schemas/50_app/settle_given_up.sql

-- What becomes of the run whose message was given up; outcomes as settle_dead_letter describes them. Called by it with
-- the schedule locked; p_run is empty when the occurrence was never begun.
create function app.settle_given_up(
  p_schedule app.schedules, p_run app.runs, p_due_at timestamptz, p_now timestamptz
) returns text
language plpgsql set search_path = ''
as $$
declare
  v_is_held boolean := exists (
    select from app.workspaces w where w.id = p_schedule.workspace_id and w.paused_at is not null);
begin
  if p_run.id is null then
    if p_schedule.next_run_at is distinct from p_due_at or p_due_at is null then
      return 'closed';
    elsif v_is_held or p_now < p_schedule.late_at then
      return 'waiting';
    end if;
    insert into app.runs (
      workspace_id, schedule_id, trigger, due_at, status, reason, revision, late_at, created_at, finished_at)
    values (
      p_schedule.workspace_id, p_schedule.id, 'schedule', p_due_at, 'failed', 'delivery', p_schedule.revision,
      p_schedule.late_at, p_now, p_now);
    update app.schedules s
      set total_failed = s.total_failed + 1, consecutive_failures = s.consecutive_failures + 1
      where s.id = p_schedule.id;
    return 'failed';
  end if;

  if p_run.status not in ('running', 'retrying') or p_run.lease_until > p_now then
    return 'closed';
  elsif v_is_held or p_run.late_at is null or p_now < p_run.late_at then
    update app.runs r
      set status = 'retrying', lease_until = null, retry_at = least(r.retry_at, p_now)
      where r.id = p_run.id;
    return 'waiting';
  end if;
  perform app.end_run(p_run, 'failed', 'delivery', nextval('app.run_fences'), p_now);
  return 'failed';
end;
$$;
revoke execute on function app.settle_given_up from public;

-- schemas/50_app/settle_reservation.sql

-- Turns a run's reservation into what it has measurably cost. p_gives_back: it also returns its place in the day's
-- quota.
create function app.settle_reservation(p_run app.runs, p_gives_back boolean) returns void
language sql set search_path = ''
as $$
  update app.budget_days d
    set reserved_cost = d.reserved_cost - p_run.reserved_cost,
        spent_cost = d.spent_cost + p_run.cost,
        runs = d.runs - p_gives_back::int
    where d.workspace_id = p_run.workspace_id and d.day = p_run.reserved_day;
$$;
revoke execute on function app.settle_reservation from public;

-- schemas/50_app/skip_occurrence.sql

-- Writes the ledger row of a due occurrence that is not performed, for a reason that lies in the workspace's plan.
create function app.skip_occurrence(
  p_schedule app.schedules, p_reason app.run_reason, p_claim_id text, p_message_id text, p_now timestamptz
) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_run app.runs;
begin
  insert into app.runs (
    workspace_id, schedule_id, trigger, due_at, status, reason, revision, claim_id, message_id, late_at,
    created_at, finished_at)
  values (
    p_schedule.workspace_id, p_schedule.id, 'schedule', p_schedule.next_run_at, 'skipped', p_reason,
    p_schedule.revision, p_claim_id, p_message_id, p_schedule.late_at, p_now, p_now)
  returning * into v_run;
  return v_run;
end;
$$;
revoke execute on function app.skip_occurrence from public;

-- schemas/50_app/subscription_lapsed.sql

-- Whether a workspace's subscription has ended. Paid is paid: until period_end the status does not matter; without one
-- only `active` and `trialing` count. A workspace to which nobody belongs any more (the account was deleted) has nobody
-- to write for, nor to stop it. Asked by the claims and the sweep.
create function app.subscription_lapsed(p_workspace app.workspaces, p_now timestamptz) returns boolean
language sql stable set search_path = ''
as $$
  select not coalesce(p_workspace.period_end > p_now, p_workspace.subscription_status in ('active', 'trialing'))
    or not exists (select from app.members m where m.workspace_id = p_workspace.id);
$$;
revoke execute on function app.subscription_lapsed from public;

-- schemas/50_app/superseded_message.sql

-- The message that was armed for an occurrence the schedule no longer waits for; the caller may cancel it.
create function app.superseded_message(p_before app.schedules, p_after app.schedules) returns text
language sql immutable set search_path = ''
as $$
  select case
    when p_before.armed_for = p_before.next_run_at and p_after.next_run_at is distinct from p_before.next_run_at
    then p_before.armed_message_id
  end;
$$;
revoke execute on function app.superseded_message from public;

-- schemas/50_app/sweep_cursor.sql

-- Where the next page of a list of sweep_work begins: at its last item; null when the list was not full.
create function app.sweep_cursor(p_items jsonb, p_limit int) returns jsonb
language sql immutable set search_path = ''
as $$
  select case when jsonb_array_length(p_items) = p_limit then p_items -> -1 -> 'cursor' end;
$$;
revoke execute on function app.sweep_cursor from public;

-- schemas/50_app/sweep_levels.sql

-- The priorities that a page of the sweep still has to look at, and where in each it begins.
create function app.sweep_levels(p_after jsonb)
returns table (priority smallint, after_at timestamptz, after_id uuid)
language sql immutable set search_path = ''
as $$
  select
    level::smallint,
    case when level = (p_after ->> 'priority')::int then (p_after ->> 'at')::timestamptz else '-infinity' end,
    case when level = (p_after ->> 'priority')::int
      then (p_after ->> 'id')::uuid else '00000000-0000-0000-0000-000000000000' end
  from generate_series(coalesce((p_after ->> 'priority')::int, 9), 0, -1) as level;
$$;
revoke execute on function app.sweep_levels from public;

-- schemas/50_app/unarmed_schedules.sql

-- The second list of sweep_work: not overdue, not armed, within the horizon, and not of a lapsed workspace (for which
-- nothing is armed; its occurrences get their rows once they are overdue).
create function app.unarmed_schedules(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      app.schedule_json(page.s) || jsonb_build_object(
        'cursor', jsonb_build_object(
          'priority', (page.s).priority, 'at', (page.s).next_run_at, 'id', (page.s).id))
      order by (page.s).priority desc, (page.s).next_run_at, (page.s).id), '[]')
    from (
      select near.s
      from app.sweep_levels(p_after) as level (priority, after_at, after_id)
      cross join lateral (
        select s from app.schedules s join app.workspaces w on w.id = s.workspace_id
        where s.priority = level.priority and s.next_run_at is not null
          and s.armed_for is distinct from s.next_run_at
          and s.next_run_at >= p_now - interval '10 minutes'
          -- Its message is wanted for the start of its lead, which is a day at most.
          and s.next_run_at <= p_now + p_horizon + interval '1 day' and s.next_run_at - s.lead_time <= p_now + p_horizon
          and (s.next_run_at, s.id) > (level.after_at, level.after_id)
          and w.paused_at is null and not app.subscription_lapsed(w, p_now)
        order by s.next_run_at, s.id limit p_limit) near
      order by level.priority desc, (near.s).next_run_at, (near.s).id limit p_limit) page);
end;
$$;
revoke execute on function app.unarmed_schedules from public;

-- schemas/50_app/utc_day.sql

-- The day whose quota and budget an instant belongs to.
create function app.utc_day(p_now timestamptz) returns date
language sql immutable set search_path = ''
as $$
  select (p_now at time zone 'UTC')::date;
$$;
revoke execute on function app.utc_day from public;

-- schemas/50_app/worst_cost.sql

-- What writing one content of this type may cost at most. Fails closed: without a price nothing is reserved, so nothing
-- may be claimed.
create function app.worst_cost(p_worst_costs jsonb, p_content_type app.content_type) returns bigint
language plpgsql immutable set search_path = ''
as $$
declare
  v_worst bigint := (p_worst_costs ->> p_content_type::text)::bigint;
begin
  if v_worst is null or v_worst < 0 then
    raise sqlstate '22023' using message = format('worst cost of %s is missing', p_content_type);
  end if;
  return v_worst;
end;
$$;
revoke execute on function app.worst_cost from public;

-- schemas/50_app/write_audit.sql

-- Notes one change by a person.
create function app.write_audit(
  p_workspace_id uuid, p_user_id uuid, p_action text, p_target uuid, p_detail jsonb, p_now timestamptz
) returns void
language sql set search_path = ''
as $$
  insert into app.audit_log (workspace_id, user_id, action, target, detail, at)
    values (p_workspace_id, p_user_id, p_action, p_target, p_detail, p_now);
$$;
revoke execute on function app.write_audit from public;

-- schemas/60_user/create_schedule.sql

-- Called by the doors for people. p_fields holds the columns that a person may write; the caller has computed
-- p_next_run_at and p_late_at from them. p_workspace_id null: the person's own workspace.
--
-- created:  stored, waiting for p_next_run_at.
-- repeated: this key (or this id) has created it before, with the same p_request_hash; the schedule as it is now.
-- Refuses: workspace_not_found, role, plan_limit, finished (no occurrence at all), idempotency_mismatch (the key was
-- used for another request).
create function public.create_schedule(
  p_schedule_id uuid, p_workspace_id uuid, p_fields jsonb, p_next_run_at timestamptz, p_late_at timestamptz,
  p_key text, p_request_hash text, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_new app.schedules;
  v_before app.schedules;
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  perform app.check_fields(p_fields);
  perform from app.workspaces w where w.id = v_workspace_id for no key update;

  select s.* into v_before from app.schedules s
    where s.id = p_schedule_id or (s.workspace_id = v_workspace_id and s.idempotency_key = p_key)
    order by s.idempotency_key = p_key desc nulls last limit 1;
  if v_before.id is not null then
    if v_before.workspace_id <> v_workspace_id or v_before.request_hash is distinct from p_request_hash then
      perform app.refuse(422, 'idempotency_mismatch', 'This key was used for another request.');
    end if;
    return jsonb_build_object('outcome', 'repeated', 'schedule', app.schedule_json(v_before));
  end if;

  perform app.check_plan_limit(v_workspace_id);
  perform app.check_ahead(p_next_run_at, p_now);
  v_new := jsonb_populate_record(null::app.schedules, p_fields);
  if not app.has_future(v_new, p_next_run_at) then
    perform app.refuse(409, 'finished', 'This schedule would never run.');
  end if;
  insert into app.schedules (
    id, workspace_id, created_by, name, content_type, frequency, time_of_day, weekday, day_of_month, rrule, timezone,
    anchor_at, starts_at, ends_at, max_runs, lateness_limit, lead_time, priority, settings, next_run_at, late_at,
    idempotency_key, request_hash, created_at, updated_at)
  values (
    p_schedule_id, v_workspace_id, (select auth.uid()), v_new.name, v_new.content_type, v_new.frequency,
    v_new.time_of_day, v_new.weekday, v_new.day_of_month, v_new.rrule, v_new.timezone, v_new.anchor_at,
    v_new.starts_at, v_new.ends_at, v_new.max_runs, v_new.lateness_limit, coalesce(v_new.lead_time, interval '0'),
    coalesce(v_new.priority, 5), coalesce(v_new.settings, '{}'), p_next_run_at, p_late_at, p_key, p_request_hash,
    p_now, p_now)
  returning * into v_new;
  perform app.write_audit(v_workspace_id, (select auth.uid()), 'schedule.create', v_new.id, '{}', p_now);
  return jsonb_build_object('outcome', 'created', 'schedule', app.schedule_json(v_new));
end;
$$;
revoke execute on function public.create_schedule from public, anon, authenticated, service_role;
grant execute on function public.create_schedule to authenticated;

-- schemas/60_user/delete_schedule.sql

-- Called by the doors for people. The schedule goes into the bin; the occurrence it waited for leaves a row
-- `skipped: deleted`. Whether it was active is kept for restore_schedule.
--
-- deleted:   done, with the message that was armed for the cancelled occurrence.
-- unchanged: it was deleted already.
-- Refuses: schedule_not_found, role.
create function public.delete_schedule(p_schedule_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}', p_deleted => true);
  v_new app.schedules;
begin
  perform app.check_now(p_now);
  if v_old.deleted_at is not null then
    return jsonb_build_object(
      'outcome', 'unchanged', 'schedule', app.schedule_json(v_old), 'superseded_message_id', null);
  end if;
  perform app.cancel_occurrence(v_old, 'deleted', p_now);
  perform app.set_next_run(v_old.id, null, null, p_now);
  update app.schedules s set deleted_at = p_now, revision = s.revision + 1, updated_at = p_now
    where s.id = v_old.id returning s.* into v_new;
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.delete', v_old.id, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'deleted', 'schedule', app.schedule_json(v_new),
    'superseded_message_id', app.superseded_message(v_old, v_new));
end;
$$;
revoke execute on function public.delete_schedule from public, anon, authenticated, service_role;
grant execute on function public.delete_schedule to authenticated;

-- schemas/60_user/get_content.sql

-- Called by the doors for people: {content}.
-- Refuses: content_not_found.
create function public.get_content(p_content_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_found jsonb;
begin
  select jsonb_build_object('content', to_jsonb(c)) into v_found
    from app.contents c
    join app.members m on m.workspace_id = c.workspace_id and m.user_id = (select auth.uid())
    where c.id = p_content_id;
  if v_found is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content in your workspaces.');
  end if;
  return v_found;
end;
$$;
revoke execute on function public.get_content from public, anon, authenticated, service_role;
grant execute on function public.get_content to authenticated;

-- schemas/60_user/get_run.sql

-- Called by the doors for people: {run}, with what it wrote as `contents` inside.
-- Refuses: run_not_found.
create function public.get_run(p_run_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_found jsonb;
begin
  select jsonb_build_object('run', app.run_json(r) || jsonb_build_object('contents', app.run_contents(r.id)))
    into v_found
    from app.runs r
    join app.members m on m.workspace_id = r.workspace_id and m.user_id = (select auth.uid())
    where r.id = p_run_id;
  if v_found is null then
    perform app.refuse(404, 'run_not_found', 'There is no such run in your workspaces.');
  end if;
  return v_found;
end;
$$;
revoke execute on function public.get_run from public, anon, authenticated, service_role;
grant execute on function public.get_run to authenticated;

-- schemas/60_user/get_schedule.sql

-- Called by the doors for people, also before each change: one schedule, in the bin or not, and the person's role.
-- Refuses: schedule_not_found.
create function public.get_schedule(p_schedule_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_found jsonb;
begin
  select jsonb_build_object('schedule', app.schedule_json(s), 'role', m.role) into v_found
    from app.schedules s
    join app.members m on m.workspace_id = s.workspace_id and m.user_id = (select auth.uid())
    where s.id = p_schedule_id;
  if v_found is null then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule in your workspaces.');
  end if;
  return v_found;
end;
$$;
revoke execute on function public.get_schedule from public, anon, authenticated, service_role;
grant execute on function public.get_schedule to authenticated;

-- schemas/60_user/list_contents.sql

-- Called by the doors for people: what was written in a workspace (null: the person's own), or for one schedule, newest
-- first. p_after is {created_at, id} of the last one seen. `more`: there are others after these.
-- Refuses: workspace_not_found, schedule_not_found.
create function public.list_contents(p_workspace_id uuid, p_schedule_id uuid, p_after jsonb, p_limit int)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid;
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'created_at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  v_workspace_id := case
    when p_schedule_id is null then app.readable_workspace(p_workspace_id)
    else app.require_schedule(p_schedule_id, p_workspace_id) end;
  select coalesce(jsonb_agg(to_jsonb(page) order by page.created_at desc, page.id desc), '[]') into v_found
    from (
      select c.* from app.contents c
      where c.workspace_id = v_workspace_id and (p_schedule_id is null or c.schedule_id = p_schedule_id)
        and (c.created_at, c.id) < (v_before, v_before_id)
      order by c.created_at desc, c.id desc limit v_limit + 1) page;
  return app.page('contents', v_found, v_limit);
end;
$$;
revoke execute on function public.list_contents from public, anon, authenticated, service_role;
grant execute on function public.list_contents to authenticated;

-- schemas/60_user/list_runs.sql

-- Called by the doors for people: a schedule's history, newest first by nominal time (manual runs by when they began).
-- p_after is {at, id} of the last one seen. `more`: there are others after these.
-- Refuses: schedule_not_found.
create function public.list_runs(p_schedule_id uuid, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  perform app.require_schedule(p_schedule_id);
  select coalesce(
      jsonb_agg(app.run_json(page) order by coalesce(page.due_at, page.created_at) desc, page.id desc), '[]')
    into v_found
    from (
      select r.* from app.runs r
      where r.schedule_id = p_schedule_id
        and (coalesce(r.due_at, r.created_at), r.id) < (v_before, v_before_id)
      order by coalesce(r.due_at, r.created_at) desc, r.id desc limit v_limit + 1) page;
  return app.page('runs', v_found, v_limit);
end;
$$;
revoke execute on function public.list_runs from public, anon, authenticated, service_role;
grant execute on function public.list_runs to authenticated;

-- schemas/60_user/list_schedules.sql

-- Called by the doors for people: a workspace's schedules, newest first. p_workspace_id null: the person's own.
-- p_after is {created_at, id} of the last one seen. `more`: there are others after these.
-- Refuses: workspace_not_found.
create function public.list_schedules(p_workspace_id uuid, p_include_deleted boolean, p_after jsonb, p_limit int)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'created_at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  select coalesce(jsonb_agg(app.schedule_json(page) order by page.created_at desc, page.id desc), '[]') into v_found
    from (
      select s.* from app.schedules s
      where s.workspace_id = v_workspace_id and (p_include_deleted or s.deleted_at is null)
        and (s.created_at, s.id) < (v_before, v_before_id)
      order by s.created_at desc, s.id desc limit v_limit + 1) page;
  return app.page('schedules', v_found, v_limit);
end;
$$;
revoke execute on function public.list_schedules from public, anon, authenticated, service_role;
grant execute on function public.list_schedules to authenticated;

-- schemas/60_user/list_workspaces.sql

-- Called by the doors for people, to show where they may work: role, plan, limits and what is used of them today.
-- Makes the person's own workspace if it is not there yet. cost_today counts what is held back for running work too.
create function public.list_workspaces(p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_own uuid := app.personal_workspace(p_now);
begin
  perform app.check_now(p_now);
  return jsonb_build_object('workspaces', (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'id', w.id, 'name', w.name, 'role', m.role, 'plan', w.plan, 'subscription_status', w.subscription_status,
        'period_end', w.period_end, 'paused_at', w.paused_at,
        'limits', to_jsonb(p),
        'usage', jsonb_build_object(
          'schedules',
            (select count(*) from app.schedules s where s.workspace_id = w.id and s.deleted_at is null),
          'runs_today', coalesce(d.runs, 0),
          'cost_today', coalesce(d.reserved_cost + d.spent_cost, 0)))
      order by w.id <> v_own, w.created_at, w.id), '[]')
    from app.members m
    join app.workspaces w on w.id = m.workspace_id
    join app.plans p on p.plan = w.plan
    left join app.budget_days d on d.workspace_id = w.id and d.day = app.utc_day(p_now)
    where m.user_id = (select auth.uid())));
end;
$$;
revoke execute on function public.list_workspaces from public, anon, authenticated, service_role;
grant execute on function public.list_workspaces to authenticated;

-- schemas/60_user/pause_schedule.sql

-- Called by the doors for people. While paused there are no nominal occurrences: the one it waited for leaves a row
-- `skipped: paused`, those after it leave none.
--
-- paused:    done, with the message that was armed for the cancelled occurrence.
-- unchanged: it was paused or finished already.
-- Refuses: schedule_not_found, role.
create function public.pause_schedule(p_schedule_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}');
  v_new app.schedules;
begin
  perform app.check_now(p_now);
  if not v_old.is_active then
    return jsonb_build_object(
      'outcome', 'unchanged', 'schedule', app.schedule_json(v_old), 'superseded_message_id', null);
  end if;
  perform app.cancel_occurrence(v_old, 'paused', p_now);
  perform app.set_next_run(v_old.id, null, null, p_now);
  update app.schedules s set is_active = false, revision = s.revision + 1, updated_at = p_now
    where s.id = v_old.id returning s.* into v_new;
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.pause', v_old.id, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'paused', 'schedule', app.schedule_json(v_new),
    'superseded_message_id', app.superseded_message(v_old, v_new));
end;
$$;
revoke execute on function public.pause_schedule from public, anon, authenticated, service_role;
grant execute on function public.pause_schedule to authenticated;

-- schemas/60_user/restore_schedule.sql

-- Called by the doors for people, with the first occurrence after p_now. Takes a schedule out of the bin; it is active
-- again only if it was when it was deleted, and ends at once if there is no occurrence left.
--
-- restored:  done.
-- unchanged: it was not deleted.
-- Refuses: schedule_not_found, role, plan_limit.
create function public.restore_schedule(
  p_schedule_id uuid, p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}', p_deleted => true);
  v_new app.schedules;
begin
  perform app.check_now(p_now);
  perform app.check_ahead(p_next_run_at, p_now);
  if v_old.deleted_at is null then
    return jsonb_build_object('outcome', 'unchanged', 'schedule', app.schedule_json(v_old));
  end if;
  perform app.check_plan_limit(v_old.workspace_id);
  update app.schedules s set deleted_at = null, revision = s.revision + 1, updated_at = p_now
    where s.id = v_old.id returning s.* into v_new;
  if v_new.is_active then
    v_new := case
      when app.has_future(v_new, p_next_run_at) then app.set_next_run(v_new.id, p_next_run_at, p_late_at, p_now)
      else app.finish_schedule(v_new.id, p_now) end;
  end if;
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.restore', v_old.id, '{}', p_now);
  return jsonb_build_object('outcome', 'restored', 'schedule', app.schedule_json(v_new));
end;
$$;
revoke execute on function public.restore_schedule from public, anon, authenticated, service_role;
grant execute on function public.restore_schedule to authenticated;

-- schemas/60_user/resume_schedule.sql

-- Called by the doors for people, with the first occurrence after p_now. If that is the one the pause cancelled, it is
-- re-opened and runs.
--
-- resumed:   it waits for p_next_run_at.
-- unchanged: it was active already.
-- Refuses: schedule_not_found, role, finished (there is no occurrence left).
create function public.resume_schedule(
  p_schedule_id uuid, p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}');
begin
  perform app.check_now(p_now);
  perform app.check_ahead(p_next_run_at, p_now);
  if v_old.is_active then
    return jsonb_build_object('outcome', 'unchanged', 'schedule', app.schedule_json(v_old));
  elsif not app.has_future(v_old, p_next_run_at) then
    perform app.refuse(409, 'finished', 'The schedule has no occurrence left.');
  end if;
  update app.schedules s
    set is_active = true, finished_at = null, revision = s.revision + 1, updated_at = p_now
    where s.id = v_old.id;
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.resume', v_old.id, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'resumed',
    'schedule', app.schedule_json(app.set_next_run(v_old.id, p_next_run_at, p_late_at, p_now)));
end;
$$;
revoke execute on function public.resume_schedule from public, anon, authenticated, service_role;
grant execute on function public.resume_schedule to authenticated;

-- schemas/60_user/update_schedule.sql

-- Called by the doors for people. p_revision is the one the person saw; p_changes holds the changed columns only;
-- p_next_run_at and p_late_at are the first occurrence after p_now under the rule as it will be.
--
-- updated:   stored. If the rule really changed: a new revision, and the occurrence it waited for either stands (it is
--            due already and not begun) or gives way to p_next_run_at, leaving a row `skipped: superseded`.
-- unchanged: everything is as p_changes wants it; also what a repetition answers.
-- superseded_message_id: the message armed for an occurrence that gave way.
-- Refuses: schedule_not_found, role, revision_conflict (the rule or activity changed since the person looked).
create function public.update_schedule(
  p_schedule_id uuid, p_revision int, p_changes jsonb, p_next_run_at timestamptz, p_late_at timestamptz,
  p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}');
  v_new app.schedules := jsonb_populate_record(v_old, p_changes);
  v_new_rule boolean;
begin
  perform app.check_now(p_now);
  perform app.check_fields(p_changes);
  if v_new is not distinct from v_old then
    return jsonb_build_object(
      'outcome', 'unchanged', 'schedule', app.schedule_json(v_old), 'superseded_message_id', null);
  elsif p_revision is distinct from v_old.revision then
    perform app.refuse(409, 'revision_conflict', 'The schedule has changed since you looked at it.',
      jsonb_build_object('revision', v_old.revision));
  end if;
  v_new_rule :=
    (v_new.frequency, v_new.time_of_day, v_new.weekday, v_new.day_of_month, v_new.rrule, v_new.timezone,
      v_new.anchor_at, v_new.starts_at, v_new.ends_at, v_new.max_runs)
    is distinct from
    (v_old.frequency, v_old.time_of_day, v_old.weekday, v_old.day_of_month, v_old.rrule, v_old.timezone,
      v_old.anchor_at, v_old.starts_at, v_old.ends_at, v_old.max_runs);

  update app.schedules s
    set name = v_new.name, content_type = v_new.content_type, frequency = v_new.frequency,
        time_of_day = v_new.time_of_day, weekday = v_new.weekday, day_of_month = v_new.day_of_month,
        rrule = v_new.rrule, timezone = v_new.timezone, anchor_at = v_new.anchor_at, starts_at = v_new.starts_at,
        ends_at = v_new.ends_at, max_runs = v_new.max_runs, lateness_limit = v_new.lateness_limit,
        lead_time = v_new.lead_time, priority = v_new.priority, settings = v_new.settings,
        -- Another limit for the occurrence it waits for already; a new rule sets its own below.
        late_at = case
          when p_next_run_at = s.next_run_at and not v_new_rule
            and (v_new.lateness_limit, v_new.lead_time) is distinct from (v_old.lateness_limit, v_old.lead_time)
          then p_late_at else s.late_at end,
        following_run_at = null, following_late_at = null, -- may be another one now; advance_schedule will tell
        revision = s.revision + v_new_rule::int, updated_at = p_now
    where s.id = v_old.id
    returning s.* into v_new;
  if v_new_rule then
    v_new := app.apply_rule_change(v_old, v_new, p_next_run_at, p_late_at, p_now);
  end if;
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.update', v_old.id,
    jsonb_build_object('fields', (select jsonb_agg(key order by key) from jsonb_object_keys(p_changes) as key)), p_now);
  return jsonb_build_object(
    'outcome', 'updated', 'schedule', app.schedule_json(v_new),
    'superseded_message_id', app.superseded_message(v_old, v_new));
end;
$$;
revoke execute on function public.update_schedule from public, anon, authenticated, service_role;
grant execute on function public.update_schedule to authenticated;

-- schemas/70_service/advance_schedule.sql

-- Called right after every claim and before anything slow: the schedule waits for the next occurrence. A compare-and-set
-- on the due time and the revision.
--
-- advanced: it waits for p_next_run_at, for which nothing is armed yet.
-- finished: there is none left (null, past ends_at, or max_runs begun).
-- stale:    somebody has moved it on, or changed it, or p_due_at has no ledger row yet. Nothing is written.
-- Refuses: schedule_not_found.
create function public.advance_schedule(
  p_schedule_id uuid, p_due_at timestamptz, p_revision int, p_next_run_at timestamptz, p_late_at timestamptz,
  p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.lock_schedule(p_schedule_id);
  v_new app.schedules := app.move_on(v_old, p_due_at, p_revision, p_next_run_at, p_late_at, p_now);
begin
  return jsonb_build_object(
    'outcome', case
      when v_new.id is null then 'stale' when v_new.finished_at is null then 'advanced' else 'finished' end,
    'schedule', app.fresh_schedule(p_schedule_id));
end;
$$;
revoke execute on function public.advance_schedule from public, anon, authenticated, service_role;
grant execute on function public.advance_schedule to service_role;

-- schemas/70_service/claim_run.sql

-- Called by the webhook for every delivery, and by the sweep where it performs what is due itself. Locks the schedule;
-- two claims at once give the occurrence to one of them. With the row written, the schedule moves on to the occurrence
-- that follows, if that is known; otherwise the caller advances it. p_worst_costs: {content_type: micro-USD} of one attempt.
--
-- claimed:     ours under run.fence until lease_until. The same p_claim_id gets the same answer while its lease lives.
-- duplicate:   it has ended.
-- in_progress: another attempt's lease lives, until lease_until.
-- held:        the workspace is stopped. Nothing is written.
-- stale:       not the occurrence that the schedule waits for, or no such schedule. Nothing is written.
-- early:       more than the lead time and a minute before it is due. Nothing is written.
-- late:        its time has passed; due times up to now are to be listed and recorded. Nothing is written.
-- skipped:     a row says why: subscription, quota, budget, or (begun before, interrupted) paused, deleted.
-- failed:      begun before and interrupted; given up now, a row says why: late, attempts, budget.
create function public.claim_run(
  p_schedule_id uuid, p_due_at timestamptz, p_claim_id text, p_message_id text, p_lease interval,
  p_worst_costs jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_clock_skew constant interval := interval '1 minute';
  v_schedule app.schedules;
  v_workspace app.workspaces;
  v_run app.runs;
  v_worst_cost bigint;
  v_reason app.run_reason;
begin
  select s.* into v_schedule from app.schedules s where s.id = p_schedule_id for no key update;
  select r.* into v_run from app.runs r where r.schedule_id = p_schedule_id and r.due_at = p_due_at;
  if v_run.id is not null then
    return app.resume_claim(v_run, v_schedule, p_claim_id, p_message_id, p_lease, p_now);
  elsif v_schedule.next_run_at is distinct from p_due_at or p_due_at is null then
    return app.claim_answer('stale', null, null, p_schedule_id);
  end if;
  select w.* into v_workspace from app.workspaces w where w.id = v_schedule.workspace_id;
  if v_workspace.paused_at is not null then
    return app.claim_answer('held', null, null, p_schedule_id);
  elsif p_now < p_due_at - v_schedule.lead_time - v_clock_skew then
    return app.claim_answer('early', null, null, p_schedule_id);
  elsif p_now >= v_schedule.late_at then
    return app.claim_answer('late', null, null, p_schedule_id);
  end if;

  v_worst_cost := app.worst_cost(p_worst_costs, v_schedule.content_type);
  v_reason := case
    when app.subscription_lapsed(v_workspace, p_now) then 'subscription'
    else app.reserve(v_workspace, v_worst_cost, p_now) end;
  if v_reason is not null then
    v_run := app.skip_occurrence(v_schedule, v_reason, p_claim_id, p_message_id, p_now);
    perform app.follow(v_schedule, p_now);
    return app.claim_answer('skipped', v_reason::text, v_run, p_schedule_id);
  end if;
  v_run := app.begin_run(
    v_schedule, p_due_at, null, null, p_claim_id, p_message_id, p_lease, v_worst_cost, p_now);
  update app.schedules s set run_count = s.run_count + 1 where s.id = p_schedule_id returning s.* into v_schedule;
  perform app.follow(v_schedule, p_now);
  return app.claim_answer('claimed', null, v_run, p_schedule_id);
end;
$$;
revoke execute on function public.claim_run from public, anon, authenticated, service_role;
grant execute on function public.claim_run to service_role;

-- schemas/70_service/fail_run.sql

-- Called when an attempt has failed. p_error = {code, message}, p_measured as for finish_run. p_reason is a word of
-- app.run_reason and only kept when p_final.
--
-- retrying: the lease has ended; a redelivery, or the sweep after p_retry_at, begins the next attempt. What was held
--           back for the run stays held back.
-- failed:   given up and counted; the run's place in the quota is given back if it cost nothing.
-- Repeated with the same fence it answers the same and counts nothing twice.
-- Refuses: lost_claim (another attempt holds the run, or it has ended otherwise), run_not_found.
create function public.fail_run(
  p_run_id uuid, p_fence bigint, p_final boolean, p_reason text, p_error jsonb, p_measured jsonb,
  p_retry_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_run app.runs := app.lock_run(p_run_id);
begin
  if v_run.fence is distinct from p_fence or v_run.status not in ('running', 'retrying', 'failed') then
    perform app.lost_claim(v_run);
  end if;
  if v_run.status = 'running' then
    perform app.measure(p_run_id, p_measured);
    update app.runs r
      set errors = r.errors || jsonb_build_object(
            'at', p_now, 'attempt', r.attempt, 'code', p_error -> 'code',
            'message', left(p_error ->> 'message', 2000)),
          status = 'retrying', lease_until = null, retry_at = coalesce(p_retry_at, p_now)
      where r.id = p_run_id returning r.* into v_run;
    if p_final then
      v_run := app.end_run(v_run, 'failed', p_reason::app.run_reason, p_fence, p_now);
    elsif v_run.cost > v_run.reserved_cost then
      perform app.raise_reservation(v_run, v_run.cost - v_run.reserved_cost);
      select r.* into v_run from app.runs r where r.id = p_run_id;
    end if;
  end if;
  return jsonb_build_object(
    'outcome', v_run.status, 'run', app.run_json(v_run), 'schedule', app.fresh_schedule(v_run.schedule_id));
end;
$$;
revoke execute on function public.fail_run from public, anon, authenticated, service_role;
grant execute on function public.fail_run to service_role;

-- schemas/70_service/finish_run.sql

-- Called when the content is written: saves it, ends the run, counts and settles, all in one transaction. p_contents =
-- [{item, kind, title, body, segments, word_count, meta}], p_measured = {model_attempts, tokens_in, tokens_out, cost,
-- prompt_version} of this attempt. Never moves next_run_at.
--
-- succeeded: saved. Repeated with the same fence it answers the same and counts nothing twice.
-- Refuses: lost_claim (another attempt holds the run, or it has ended otherwise), run_not_found.
create function public.finish_run(
  p_run_id uuid, p_fence bigint, p_contents jsonb, p_measured jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_run app.runs := app.lock_run(p_run_id);
  v_count int;
begin
  if v_run.fence is distinct from p_fence or v_run.status not in ('running', 'succeeded') then
    perform app.lost_claim(v_run);
  end if;
  if v_run.status = 'running' then
    insert into app.contents (
      workspace_id, schedule_id, run_id, item, kind, title, body, segments, word_count, meta, created_at)
    select
      v_run.workspace_id, v_run.schedule_id, v_run.id, c.item, c.kind, c.title, c.body, nullif(c.segments, 'null'),
      coalesce(c.word_count, 0), coalesce(nullif(c.meta, 'null'), '{}'), p_now
    from jsonb_populate_recordset(null::app.contents, p_contents) c;
    get diagnostics v_count = row_count;
    if v_count = 0 then
      raise sqlstate '22023' using message = 'a run that wrote nothing has not succeeded';
    end if;
    v_run := app.measure(p_run_id, p_measured);
    perform app.settle_reservation(v_run, false);
    update app.runs r
      set status = 'succeeded', reserved_cost = 0, lease_until = null, finished_at = p_now
      where r.id = p_run_id returning r.* into v_run;
    update app.schedules s
      set total_generated = s.total_generated + v_count, consecutive_failures = 0,
          last_run_at = greatest(s.last_run_at, p_now)
      where s.id = v_run.schedule_id;
  end if;
  return jsonb_build_object(
    'outcome', 'succeeded', 'run', app.run_json(v_run), 'contents', app.run_contents(p_run_id),
    'schedule', app.fresh_schedule(v_run.schedule_id));
end;
$$;
revoke execute on function public.finish_run from public, anon, authenticated, service_role;
grant execute on function public.finish_run to service_role;

-- schemas/70_service/mark_armed.sql

-- Called after messages were published, p_armed = [{schedule_id, due_at, revision, message_id, following_run_at,
-- following_late_at}]; the last two are the occurrence after due_at, none if there is none. Each is a compare-and-set: a
-- schedule that meanwhile waits for something else stays unarmed. Told twice of the same message it counts it once.
--
-- armed: how many schedules are armed by these messages.
create function public.mark_armed(p_armed jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_one record;
  v_armed int := 0;
begin
  -- In order of id, so that two callers with the same schedules never wait for each other in a circle.
  for v_one in
    select * from jsonb_to_recordset(p_armed) as a (
      schedule_id uuid, due_at timestamptz, revision int, message_id text,
      following_run_at timestamptz, following_late_at timestamptz)
    order by a.schedule_id
  loop
    update app.schedules s
      set armed_for = v_one.due_at,
          armed_at = case when app.is_armed_by(s, v_one.message_id) then s.armed_at else p_now end,
          arm_count = s.arm_count + (not app.is_armed_by(s, v_one.message_id))::int,
          armed_message_id = v_one.message_id,
          following_run_at = v_one.following_run_at, following_late_at = v_one.following_late_at
      where s.id = v_one.schedule_id and s.next_run_at = v_one.due_at and s.revision = v_one.revision;
    v_armed := v_armed + found::int;
  end loop;
  return jsonb_build_object('armed', v_armed);
end;
$$;
revoke execute on function public.mark_armed from public, anon, authenticated, service_role;
grant execute on function public.mark_armed to service_role;

-- schemas/70_service/record_missed.sql

-- Called when a claim answered `late`, and by the sweep: due times that nobody performed in time get their rows, and the
-- schedule waits for p_next_run_at (the newest that may still be performed, or the first future one). A compare-and-set
-- on the due time and the revision.
--
-- recorded: with how many rows were new; due times that have a row already keep it.
-- stale:    somebody has moved it on or changed it, or p_due_at is not among those with a row. Nothing is written.
-- Refuses: schedule_not_found.
create function public.record_missed(
  p_schedule_id uuid, p_due_at timestamptz, p_revision int, p_missed timestamptz[],
  p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_schedule app.schedules := app.lock_schedule(p_schedule_id);
  v_recorded int := 0;
begin
  if v_schedule.next_run_at = p_due_at and v_schedule.revision = p_revision and (
    p_due_at = any (p_missed)
    or exists (select from app.runs r where r.schedule_id = p_schedule_id and r.due_at = p_due_at)
  ) then
    insert into app.runs (
      workspace_id, schedule_id, trigger, due_at, status, reason, revision, created_at, finished_at)
    select
      v_schedule.workspace_id, v_schedule.id, 'schedule', missed.due_at, 'missed', 'late', v_schedule.revision,
      p_now, p_now
    from unnest(p_missed) as missed (due_at)
    on conflict (schedule_id, due_at) do nothing;
    get diagnostics v_recorded = row_count;
    perform app.move_on(v_schedule, p_due_at, p_revision, p_next_run_at, p_late_at, p_now);
    return jsonb_build_object(
      'outcome', 'recorded', 'recorded', v_recorded, 'schedule', app.fresh_schedule(p_schedule_id));
  end if;
  return jsonb_build_object('outcome', 'stale', 'recorded', 0, 'schedule', app.schedule_json(v_schedule));
end;
$$;
revoke execute on function public.record_missed from public, anon, authenticated, service_role;
grant execute on function public.record_missed to service_role;

-- schemas/70_service/request_run.sql

-- Called by the door for "run now", which has looked at the person's role already. Works while paused, never touches
-- next_run_at and does not count for max_runs. p_key is the person's Idempotency-Key; none: every claim is its own run.
--
-- claimed:     ours under run.fence; also when an earlier request with this key was interrupted.
-- duplicate:   this key's run has ended: `contents` is what it wrote.
-- in_progress: this key's run is under way, until lease_until.
-- refused:     reason deleted, held, subscription, quota or budget. Nothing is written.
-- Refuses: schedule_not_found (in this workspace), role (p_user_id may only look, or is no member).
create function public.request_run(
  p_schedule_id uuid, p_workspace_id uuid, p_user_id uuid, p_key text, p_claim_id text, p_lease interval,
  p_worst_costs jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_key text := coalesce(p_key, p_claim_id);
  v_schedule app.schedules := app.lock_schedule(p_schedule_id);
  v_workspace app.workspaces;
  v_run app.runs;
  v_worst_cost bigint;
  v_refusal text;
  v_answer jsonb;
begin
  if v_schedule.workspace_id is distinct from p_workspace_id then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule in this workspace.');
  elsif not exists (
    select from app.members m
    where m.workspace_id = p_workspace_id and m.user_id = p_user_id and m.role in ('owner', 'editor')
  ) then
    perform app.refuse(403, 'role', 'Running a schedule takes owner or editor.');
  end if;

  select r.* into v_run from app.runs r where r.schedule_id = p_schedule_id and r.idempotency_key = v_key;
  if v_run.id is not null then
    v_answer := app.resume_claim(v_run, v_schedule, p_claim_id, null, p_lease, p_now);
    return v_answer || case v_answer ->> 'outcome'
      when 'held' then '{"outcome": "refused", "reason": "held"}'
      when 'claimed' then '{}'
      when 'in_progress' then '{}'
      else jsonb_build_object('outcome', 'duplicate', 'contents', app.run_contents(v_run.id)) end;
  end if;

  select w.* into v_workspace from app.workspaces w where w.id = p_workspace_id;
  v_worst_cost := app.worst_cost(p_worst_costs, v_schedule.content_type);
  v_refusal := case
    when v_schedule.deleted_at is not null then 'deleted'
    when v_workspace.paused_at is not null then 'held'
    when app.subscription_lapsed(v_workspace, p_now) then 'subscription'
    else app.reserve(v_workspace, v_worst_cost, p_now)::text end;
  if v_refusal is not null then
    return app.claim_answer('refused', v_refusal, null, p_schedule_id);
  end if;
  v_run := app.begin_run(v_schedule, null, v_key, p_user_id, p_claim_id, null, p_lease, v_worst_cost, p_now);
  perform app.write_audit(p_workspace_id, p_user_id, 'run.request', v_run.id, '{}', p_now);
  return app.claim_answer('claimed', null, v_run, p_schedule_id);
end;
$$;
revoke execute on function public.request_run from public, anon, authenticated, service_role;
grant execute on function public.request_run to service_role;

-- schemas/70_service/resume_run.sql

-- Called for messages that name a run: one that was interrupted, scheduled or manual. Outcomes as claim_run gives them
-- for a row that exists; an unknown id is `stale`.
create function public.resume_run(
  p_run_id uuid, p_claim_id text, p_message_id text, p_lease interval, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_schedule app.schedules;
  v_run app.runs;
begin
  select s.* into v_schedule from app.schedules s
    join app.runs r on r.schedule_id = s.id where r.id = p_run_id for no key update of s;
  select r.* into v_run from app.runs r where r.id = p_run_id;
  if v_run.id is null then
    return app.claim_answer('stale', null, null, null);
  end if;
  return app.resume_claim(v_run, v_schedule, p_claim_id, p_message_id, p_lease, p_now);
end;
$$;
revoke execute on function public.resume_run from public, anon, authenticated, service_role;
grant execute on function public.resume_run to service_role;

-- schemas/70_service/set_subscription.sql

-- Called by a billing system with the secret key, and by `make subscription`. p_period_end null: no end while active.
-- A person who never used the product yet gets their workspace here.
-- Answers {workspace}. Refuses: workspace_not_found; SQLSTATE 22023 for an unknown plan.
create function public.set_subscription(
  p_workspace_id uuid, p_plan text, p_status text, p_period_end timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace app.workspaces;
begin
  if not exists (select from app.plans p where p.plan = p_plan) then
    raise sqlstate '22023' using message = format('there is no plan %s', p_plan);
  elsif exists (select from auth.users u where u.id = p_workspace_id) then
    perform app.make_personal_workspace(p_workspace_id, p_now);
  end if;
  update app.workspaces w
    set plan = p_plan, subscription_status = p_status::app.subscription_status, period_end = p_period_end
    where w.id = p_workspace_id
    returning w.* into v_workspace;
  if v_workspace.id is null then
    perform app.refuse(404, 'workspace_not_found', 'There is no such workspace.');
  end if;
  return jsonb_build_object('workspace', to_jsonb(v_workspace));
end;
$$;
revoke execute on function public.set_subscription from public, anon, authenticated, service_role;
grant execute on function public.set_subscription to service_role;

-- schemas/70_service/settle_dead_letter.sql

-- Called by the door for QStash's failure callback: a message was given up. Only a hint. Recorded under p_dlq_id, then
-- settled from the ledger; a repetition answers the same, unless it was waiting and its time has passed since.
--
-- closed:  the run has ended, or somebody's lease lives, or the message was for nothing that is waited for.
-- waiting: there is time left (or the workspace is stopped); the sweep will begin it again.
-- failed:  its time had passed: the run's row, written if there was none, is `failed: delivery`. The caller then
--          advances `schedule`.
create function public.settle_dead_letter(
  p_dlq_id text, p_message_id text, p_url text, p_status int, p_body text,
  p_schedule_id uuid, p_due_at timestamptz, p_run_id uuid, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_schedule app.schedules;
  v_run app.runs;
  v_outcome text;
begin
  select s.* into v_schedule from app.schedules s
    where s.id = coalesce((select r.schedule_id from app.runs r where r.id = p_run_id), p_schedule_id)
    for no key update;
  select r.* into v_run from app.runs r
    where r.id = p_run_id or (p_run_id is null and r.schedule_id = p_schedule_id and r.due_at = p_due_at);
  insert into app.dead_letters (
    dlq_id, message_id, workspace_id, schedule_id, run_id, due_at, url, status, body, outcome, created_at)
  values (
    p_dlq_id, p_message_id, v_schedule.workspace_id, v_schedule.id, v_run.id, p_due_at, p_url, p_status,
    -- Characters are at most four bytes, and a cut must not pass through one.
    case when octet_length(p_body) <= 8192 then p_body else left(p_body, 2048) end, 'waiting', p_now)
  on conflict (dlq_id) do nothing;
  select d.outcome into v_outcome from app.dead_letters d where d.dlq_id = p_dlq_id for update;

  if v_outcome = 'waiting' then
    v_outcome := app.settle_given_up(v_schedule, v_run, p_due_at, p_now);
    update app.dead_letters d
      set outcome = v_outcome, settled_at = case when v_outcome <> 'waiting' then p_now end
      where d.dlq_id = p_dlq_id;
  end if;
  return jsonb_build_object('outcome', v_outcome, 'schedule', app.fresh_schedule(v_schedule.id));
end;
$$;
revoke execute on function public.settle_dead_letter from public, anon, authenticated, service_role;
grant execute on function public.settle_dead_letter to service_role;

-- schemas/70_service/sweep_work.sql

-- Called by the sweep: what was lost or is coming near, the most important first (priority, then due time). Stopped
-- workspaces are left out. p_horizon: how far ahead messages are armed; 0: none are, and everything due is `overdue`.
-- p_limit is for each of the three lists; `after` is to be passed as p_after for the next page, null when there is none.
--
-- overdue:     schedules whose occurrence should have begun ten minutes ago, nor was a message sent for it since then;
--              with run_status (null: not begun) and lapsed (the subscription has ended, so it will only get its row).
-- unarmed:     schedules whose occurrence comes within the horizon and has no message.
-- interrupted: runs whose lease ended a minute ago, or whose retry_at has come.
create function public.sweep_work(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_overdue jsonb := jsonb '[]';
  v_unarmed jsonb := jsonb '[]';
  v_interrupted jsonb := jsonb '[]';
  v_after jsonb;
begin
  -- A list that p_after does not name any more has come to its end on an earlier page.
  if p_after is null or p_after ? 'overdue' then
    v_overdue := app.overdue_schedules(p_now, p_horizon, p_after -> 'overdue', v_limit);
  end if;
  if p_horizon > interval '0' and (p_after is null or p_after ? 'unarmed') then
    v_unarmed := app.unarmed_schedules(p_now, p_horizon, p_after -> 'unarmed', v_limit);
  end if;
  if p_after is null or p_after ? 'interrupted' then
    v_interrupted := app.interrupted_runs(p_now, p_after -> 'interrupted', v_limit);
  end if;
  v_after := jsonb_strip_nulls(jsonb_build_object(
    'overdue', app.sweep_cursor(v_overdue, v_limit),
    'unarmed', app.sweep_cursor(v_unarmed, v_limit),
    'interrupted', app.sweep_cursor(v_interrupted, v_limit)));
  return jsonb_build_object(
    'overdue', v_overdue, 'unarmed', v_unarmed, 'interrupted', v_interrupted, 'after', nullif(v_after, '{}'));
end;
$$;
revoke execute on function public.sweep_work from public, anon, authenticated, service_role;
grant execute on function public.sweep_work to service_role;

notify pgrst, 'reload schema';
