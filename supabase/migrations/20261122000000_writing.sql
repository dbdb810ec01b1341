-- Writing: batches, quality, caps on money, alerts, review, what was written before, answers that are not paid twice.
-- Existing rows are kept: what was written before has passed the gates of its time, and is remembered.

alter type app.run_reason add value 'refused';
alter type app.content_status add value 'needs_review';

-- schemas/01_enums.sql

create type app.quality as enum (
  'standard', -- good and cheap
  'premium'   -- the best there are
);

create type app.alert_kind as enum (
  'budget_tripped',     -- a cap on money kept something from running; it runs again when the period turns
  'model_misconfigured' -- a model's key, credit or name is wrong; an operator must mend it
);

-- schemas/10_plans.sql

alter table app.plans add column monthly_cost bigint check (monthly_cost >= 0);
update app.plans set monthly_cost = daily_cost * 10;
alter table app.plans alter column monthly_cost set not null;

-- schemas/11_workspaces.sql

alter table app.workspaces
  add column daily_cost_cap bigint check (daily_cost_cap between 1 and 1000000000000),
  add column monthly_cost_cap bigint check (monthly_cost_cap between 1 and 1000000000000);

-- schemas/20_schedules.sql

alter table app.schedules
  add column daily_cost_cap bigint check (daily_cost_cap between 1 and 1000000000000),
  add column monthly_cost_cap bigint check (monthly_cost_cap between 1 and 1000000000000);
create index schedules_workspace_due on app.schedules (workspace_id, next_run_at) where next_run_at is not null;

-- schemas/21_runs.sql

alter table app.runs
  add column item_count smallint not null default 1 check (item_count between 1 and 20),
  add column quality app.quality not null default 'standard',
  add column priority smallint not null default 5 check (priority between 0 and 9),
  add column retries smallint check (retries between 0 and 11),
  add column items_failed smallint not null default 0 check (items_failed between 0 and 20);
update app.runs r set priority = s.priority
  from app.schedules s where s.id = r.schedule_id and r.priority <> s.priority;
create index runs_under_way on app.runs (workspace_id, lease_until) where status = 'running';
create index runs_reserved on app.runs (schedule_id, reserved_day) where reserved_day is not null;

-- schemas/22_contents.sql

alter table app.contents
  add column angle text check (length(angle) <= 100),
  add column memory text check (length(memory) <= 2000),
  add column verdict jsonb not null default '{}',
  add column score smallint check (score between 0 and 100);
-- About what the product remembers of a text: its words, without case, links and punctuation.
update app.contents c
  set verdict = '{"passed": true}',
      memory = nullif(left(btrim(regexp_replace(regexp_replace(
        lower(normalize(concat_ws(' ', c.title, c.body, (
          select string_agg(segment, ' ' order by place)
          from jsonb_array_elements_text(case jsonb_typeof(c.segments) when 'array' then c.segments else '[]' end)
            with ordinality as post (segment, place))), NFKC)),
        'https?://\S+', ' ', 'g'), '[[:punct:][:space:]]+', ' ', 'g')), 1500), '');
create index contents_memory on app.contents (workspace_id, kind, created_at desc, id desc) where memory is not null;
create index contents_schedule_memory on app.contents (schedule_id, kind, created_at desc, id desc)
  where memory is not null;

-- schemas/26_alerts.sql

-- What somebody should know of and may have to mend: one open row for each matter, counted up while it goes on.
create table app.alerts (
  id           uuid primary key default gen_random_uuid(),
  workspace_id uuid references app.workspaces on delete cascade, -- null: the operator's, which no member sees
  schedule_id  uuid references app.schedules on delete cascade,
  kind         app.alert_kind not null,
  subject      text not null check (length(subject) between 1 and 200), -- the model, or the cap and its period
  details      jsonb not null default '{}',
  count        int not null default 1,
  first_at     timestamptz not null,
  last_at      timestamptz not null,
  resolved_at  timestamptz -- null: open
);
create unique index alerts_open on app.alerts (workspace_id, kind, subject) nulls not distinct
  where resolved_at is null;
create index alerts_workspace on app.alerts (workspace_id, first_at desc, id desc);
create index alerts_schedule on app.alerts (schedule_id);

alter table app.alerts enable row level security;
create policy "members see alerts" on app.alerts for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.alerts to authenticated;

-- schemas/27_answers.sql

-- What models have answered for runs that have not ended: whoever goes on with one finds it here and does not pay
-- again. Deleted when the run ends. No policy and no grant: people see contents, not drafts.
create table app.answers (
  run_id      uuid not null references app.runs on delete cascade,
  item        smallint not null check (item >= 0),
  step        smallint not null check (step >= 0), -- 0: the draft, 1: the rewrite
  fingerprint text not null check (length(fingerprint) <= 200), -- of what was asked
  angle       text,
  model       text not null,
  fields      jsonb not null,
  text        text not null,
  created_at  timestamptz not null,
  primary key (run_id, item, step, fingerprint)
);

alter table app.answers enable row level security;

notify pgrst, 'reload schema';
