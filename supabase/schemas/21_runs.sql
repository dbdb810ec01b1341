-- The ledger: one row for every nominal occurrence and for every "run now".
-- A fence is drawn for each attempt; only who holds the newest may write the outcome.
--
-- model_attempts: {id, item, step, model, outcome, latency_ms, tokens_in, tokens_out, cost, request_id} of each call.
-- A call is booked once, by its id; tokens and cost are their sums.
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
  worst_cost      bigint not null default 0, -- what one attempt may cost at most, all items together
  reserved_cost   bigint not null default 0, -- held back in the day's budget until the run ends
  prompt_version  text,
  model_attempts  jsonb not null default '[]',
  tokens_in       bigint not null default 0,
  tokens_out      bigint not null default 0,
  cost            bigint not null default 0, -- measured, of all attempts
  errors          jsonb not null default '[]', -- {at, attempt, code, message} of what failed, with item or limit

  created_at      timestamptz not null,
  started_at      timestamptz, -- first attempt
  finished_at     timestamptz,

  -- What was wanted when it began: of the schedule's settings, or as a person asked for.
  item_count      smallint not null default 1 check (item_count between 1 and 20), -- contents, and places of the quota
  quality         app.quality not null default 'standard',
  priority        smallint not null default 5 check (priority between 0 and 9), -- 9 goes first
  retries         smallint check (retries between 0 and 11), -- null: the default
  items_failed    smallint not null default 0 check (items_failed between 0 and 20), -- of a run that succeeded in part
  publishes       boolean not null default true, -- false: its contents stay drafts whatever the schedule's targets

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
-- What a workspace has under way, and what a schedule with caps has used.
create index runs_under_way on app.runs (workspace_id, lease_until) where status = 'running';
create index runs_reserved on app.runs (schedule_id, reserved_day) where reserved_day is not null;

alter table app.runs enable row level security;
create policy "members see runs" on app.runs for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.runs to authenticated;
