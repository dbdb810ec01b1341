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
create index schedules_armed on app.schedules (workspace_id, armed_for) where armed_for is not null;

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
create index contents_status on app.contents (workspace_id, status, created_at desc, id desc);

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
  step        smallint not null check (step >= 0), -- 0: the draft, 1: the rewrite, 2: the judge's opinion
  fingerprint text not null check (length(fingerprint) <= 200), -- of what was asked
  angle       text,
  model       text not null,
  fields      jsonb not null,
  text        text not null,
  created_at  timestamptz not null,
  primary key (run_id, item, step, fingerprint)
);

alter table app.answers enable row level security;

-- schemas/50_app/admit_request.sql

-- Reserves for a run that a person wants now. Null: done; otherwise {reason} why not, with the limit as reserve tells it.
create function app.admit_request(p_schedule app.schedules, p_run app.runs, p_now timestamptz) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_workspace app.workspaces;
begin
  select w.* into v_workspace from app.workspaces w where w.id = p_run.workspace_id;
  return case
    when p_schedule.deleted_at is not null then jsonb '{"reason": "deleted"}'
    when v_workspace.paused_at is not null then jsonb '{"reason": "held"}'
    when app.subscription_lapsed(v_workspace, p_now) then jsonb '{"reason": "subscription"}'
    else app.reserve(p_schedule, p_run, p_now) end;
end;
$$;
revoke execute on function app.admit_request from public;

-- schemas/50_app/alert_of_cap.sql

-- Raises the alert of a tripped cap, one for each cap and period: also after somebody has resolved it the rest of the
-- period only counts it up.
create function app.alert_of_cap(p_schedule app.schedules, p_day date, p_tripped jsonb, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_cap text := p_tripped ->> 'cap';
  v_schedule_id uuid := case when v_cap like 'schedule%' then p_schedule.id end;
  v_period text := to_char(p_day, case when v_cap like '%month' then 'YYYY-MM' else 'YYYY-MM-DD' end);
  v_subject text := concat_ws(' ', v_cap, v_schedule_id, v_period);
begin
  update app.alerts a set count = a.count + 1, last_at = p_now
    where a.workspace_id = p_schedule.workspace_id and a.kind = 'budget_tripped' and a.subject = v_subject
      and a.resolved_at is not null;
  if not found then
    perform app.raise_alert(
      p_schedule.workspace_id, v_schedule_id, 'budget_tripped', v_subject, p_tripped - 'reason', p_now);
  end if;
end;
$$;
revoke execute on function app.alert_of_cap from public;

-- schemas/50_app/begin_run.sql

-- Stores a run that was wanted (app.wanted_run, with due_at or idempotency_key) and reserved for: its first attempt begins
-- now under p_lease. p_lease null: nobody has begun it; it waits for a message, or for the sweep.
drop function app.begin_run;
create function app.begin_run(
  p_run app.runs, p_schedule app.schedules, p_claim_id text, p_message_id text, p_lease interval, p_now timestamptz
) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_is_begun boolean := p_lease is not null;
begin
  insert into app.runs (
    workspace_id, schedule_id, trigger, due_at, idempotency_key, requested_by, status, revision, attempt, claim_id,
    fence, lease_until, retry_at, late_at, message_id, reserved_day, worst_cost, reserved_cost, created_at, started_at,
    item_count, quality, priority, retries)
  values (
    p_run.workspace_id, p_run.schedule_id,
    case when p_run.due_at is null then 'manual' else 'schedule' end::app.run_trigger,
    p_run.due_at, p_run.idempotency_key, p_run.requested_by,
    case when v_is_begun then 'running' else 'retrying' end::app.run_status,
    p_run.revision, v_is_begun::int, p_claim_id, nextval('app.run_fences'), p_now + p_lease,
    case when not v_is_begun then p_now end, case when p_run.due_at is not null then p_schedule.late_at end,
    p_message_id, app.utc_day(p_now), p_run.worst_cost, p_run.worst_cost, p_now, case when v_is_begun then p_now end,
    p_run.item_count, p_run.quality, p_run.priority, p_run.retries)
  returning * into p_run;
  return p_run;
end;
$$;
revoke execute on function app.begin_run from public;

-- schemas/50_app/book.sql

-- Adds calls of models to a run, whatever has become of it (p_measured as app.measure takes it; p_run is locked and as it
-- is stored). A run that has ended takes their cost into the same day. What costs more than was held back for a run that
-- goes on is held back at once.
create function app.book(p_run app.runs, p_measured jsonb, p_now timestamptz) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_run app.runs := app.measure(p_run, p_measured, p_now);
begin
  if v_run.finished_at is not null then
    -- One that had cost nothing and wrote nothing gave its places back: it takes them again.
    update app.budget_days d
      set spent_cost = d.spent_cost + v_run.cost - p_run.cost,
          runs = d.runs + case
            when p_run.cost = 0 and v_run.cost > 0 and v_run.status <> 'succeeded' then v_run.item_count else 0 end
      where d.workspace_id = v_run.workspace_id and d.day = v_run.reserved_day;
  elsif v_run.cost > v_run.reserved_cost then
    perform app.raise_reservation(v_run, v_run.cost - v_run.reserved_cost);
    v_run.reserved_cost := v_run.cost;
  end if;
  return v_run;
end;
$$;
revoke execute on function app.book from public;

-- schemas/50_app/check_fields.sql

-- Lets only those columns of a schedule through that a person may write.
create or replace function app.check_fields(p_fields jsonb) returns void
language plpgsql immutable set search_path = ''
as $$
declare
  v_unknown text;
begin
  select key into v_unknown from jsonb_object_keys(p_fields) as key
    where key <> all (array[
      'name', 'content_type', 'frequency', 'time_of_day', 'weekday', 'day_of_month', 'rrule', 'timezone', 'anchor_at',
      'starts_at', 'ends_at', 'max_runs', 'lateness_limit', 'lead_time', 'priority', 'settings', 'daily_cost_cap',
      'monthly_cost_cap'])
    order by key limit 1;
  if v_unknown is not null then
    raise sqlstate '22023' using message = format('unknown field %s', v_unknown);
  end if;
end;
$$;
revoke execute on function app.check_fields from public;

-- schemas/50_app/check_requester.sql

-- Refuses whoever may not have this schedule run: p_user_id must be an owner or editor of p_workspace_id, and the schedule
-- that workspace's.
create function app.check_requester(p_schedule app.schedules, p_workspace_id uuid, p_user_id uuid) returns void
language plpgsql stable set search_path = ''
as $$
begin
  if p_schedule.workspace_id is distinct from p_workspace_id then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule in this workspace.');
  elsif not exists (
    select from app.members m
    where m.workspace_id = p_workspace_id and m.user_id = p_user_id and m.role in ('owner', 'editor')
  ) then
    perform app.refuse(403, 'role', 'Running a schedule takes owner or editor.');
  end if;
end;
$$;
revoke execute on function app.check_requester from public;

-- schemas/50_app/claim_answer.sql

-- The answer of every claim, with the schedule as it is after it. Who has claimed a run also gets, in the same round
-- trip, what writing needs: what earlier attempts have paid for, and what was written before (app.recall_contents).
create or replace function app.claim_answer(p_outcome text, p_reason text, p_run app.runs, p_schedule_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_most_recalled constant int := 2000;
  v_answer jsonb := jsonb_build_object(
    'outcome', p_outcome,
    'reason', p_reason,
    'run', app.run_json(p_run),
    'lease_until', p_run.lease_until,
    'schedule', app.fresh_schedule(p_schedule_id));
begin
  if p_outcome <> 'claimed' then
    return v_answer;
  end if;
  return v_answer || jsonb_build_object(
    'answers', (
      select coalesce(jsonb_agg(to_jsonb(a) - 'run_id' order by a.item, a.step, a.created_at), '[]')
      from app.answers a where a.run_id = p_run.id),
    'recalled', (
      select app.recall_contents(s.id, app.same_platform(s.content_type), v_most_recalled)
      from app.schedules s where s.id = p_schedule_id));
end;
$$;
revoke execute on function app.claim_answer from public;

-- schemas/50_app/recall_contents.sql

-- What was written before in the schedule's workspace, of these kinds, newest first, at most p_most. Rejected ones are
-- remembered too; what has no memory is left out.
--
-- [{id, created_at, memory}], and of the schedule's own newest 30 (which are always there) also title, which is the
-- beginning where there is none, and angle.
create function app.recall_contents(p_schedule_id uuid, p_kinds app.content_type[], p_most int) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_workspace_id uuid := (select s.workspace_id from app.schedules s where s.id = p_schedule_id);
begin
  return (
    with own as (
      select newest.* from unnest(p_kinds) as wanted (kind) cross join lateral (
        select c.id, c.created_at, c.memory, c.angle,
          coalesce(c.title, left(c.body, 120), left(c.segments ->> 0, 120), '') as title
        from app.contents c
        where c.schedule_id = p_schedule_id and c.kind = wanted.kind and c.memory is not null
        order by c.created_at desc, c.id desc limit 30) newest
      order by newest.created_at desc, newest.id desc limit 30
    ), whole as (
      select newest.* from unnest(p_kinds) as wanted (kind) cross join lateral (
        select c.id, c.created_at, c.memory from app.contents c
        where c.workspace_id = v_workspace_id and c.kind = wanted.kind and c.memory is not null
        order by c.created_at desc, c.id desc limit p_most) newest
      order by newest.created_at desc, newest.id desc limit p_most
    ), found as (
      select o.created_at, o.id, to_jsonb(o) as it from own o
      union all
      select w.created_at, w.id, to_jsonb(w) from whole w where w.id not in (select o.id from own o))
    select coalesce(jsonb_agg(found.it order by found.created_at desc, found.id desc), '[]') from found);
end;
$$;
revoke execute on function app.recall_contents from public;

-- schemas/50_app/same_platform.sql

-- The kinds that readers of one platform see side by side; of the others, only their own.
create function app.same_platform(p_kind app.content_type) returns app.content_type[]
language sql immutable set search_path = ''
as $$
  select case when p_kind in ('x_post', 'x_thread') then '{x_post,x_thread}' else array[p_kind] end;
$$;
revoke execute on function app.same_platform from public;

-- schemas/50_app/content_json.sql

-- A content as every caller sees it: all columns but what only later contents are compared with.
create function app.content_json(p_content app.contents) returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(p_content) - 'memory';
$$;
revoke execute on function app.content_json from public;

-- schemas/50_app/decide_content.sql

-- A person's decision about a content: it becomes p_status if it is one of p_from; if it is p_status already, nothing
-- changes. Anything else cannot be decided any more.
create function app.decide_content(
  p_content_id uuid, p_from app.content_status[], p_status app.content_status, p_action text, p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents := app.open_content(p_content_id, '{owner,editor}');
begin
  perform app.check_now(p_now);
  if v_content.status = any (p_from) then
    update app.contents c set status = p_status where c.id = v_content.id returning c.* into v_content;
    perform app.write_audit(v_content.workspace_id, (select auth.uid()), p_action, v_content.id, '{}', p_now);
  elsif v_content.status <> p_status then
    perform app.refuse(409, 'content_status', format('This content is %s.', v_content.status),
      jsonb_build_object('status', v_content.status));
  end if;
  return app.content_json(v_content);
end;
$$;
revoke execute on function app.decide_content from public;

-- schemas/50_app/end_run.sql

-- Ends a run that was begun and wrote nothing: settles what it reserved, drops its answers and counts a failure. A run
-- that cost nothing gives its places in the day's quota back. p_fence: the holder's own, or a newer one when somebody
-- else ends it, so that a holder who comes back learns that the run is lost.
create or replace function app.end_run(
  p_run app.runs, p_status app.run_status, p_reason app.run_reason, p_fence bigint, p_now timestamptz
) returns app.runs
language plpgsql set search_path = ''
as $$
begin
  perform app.settle_reservation(p_run, p_run.cost = 0);
  delete from app.answers a where a.run_id = p_run.id;
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

-- schemas/50_app/gives_way.sql

-- Whether the claim of an occurrence that is due would take the workspace's last slot from a more important one, which
-- waits for it too: its message has been sent, less than five minutes ago it became due, and nobody has begun it. Nobody
-- gives way whose own time would be over before they come again.
create function app.gives_way(p_schedule app.schedules, p_now timestamptz) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  if p_now >= p_schedule.late_at - interval '1 minute' or not exists (
    select from app.schedules s
    where s.workspace_id = p_schedule.workspace_id and s.priority > p_schedule.priority
      and s.armed_for > p_now - interval '5 minutes' and s.armed_for <= p_now
      and s.armed_for = s.next_run_at and p_now < s.late_at
      and not exists (select from app.runs r where r.schedule_id = s.id and r.due_at = s.next_run_at)
  ) then
    return false;
  end if;
  return (
    select count(*) + 1 from app.runs r
    where r.workspace_id = p_schedule.workspace_id and r.status = 'running' and r.lease_until > p_now
  ) >= (
    select p.parallelism from app.workspaces w join app.plans p on p.plan = w.plan
    where w.id = p_schedule.workspace_id);
end;
$$;
revoke execute on function app.gives_way from public;

-- schemas/50_app/interrupted_runs.sql

-- The third list of sweep_work: runs that were begun and that nobody is at work on, with what a message about them needs.
create or replace function app.interrupted_runs(p_now timestamptz, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      app.run_json(page.r) || jsonb_build_object(
        'run_id', (page.r).id, 'parallelism', page.parallelism,
        'cursor', jsonb_build_object('priority', (page.r).priority, 'at', page.since, 'id', (page.r).id))
      order by (page.r).priority desc, page.since, (page.r).id), '[]')
    from (
      select idle.r, idle.since, p.parallelism
      from (
        select r, r.lease_until as since from app.runs r
          where r.status = 'running' and r.lease_until < p_now - interval '1 minute'
        union all
        select r, r.retry_at from app.runs r
          where r.status = 'retrying' and r.retry_at < p_now) idle
      join app.workspaces w on w.id = (idle.r).workspace_id and w.paused_at is null
      join app.plans p on p.plan = w.plan
      where p_after is null
        or (-(idle.r).priority, idle.since, (idle.r).id)
          > (-(p_after ->> 'priority')::int, (p_after ->> 'at')::timestamptz, (p_after ->> 'id')::uuid)
      order by (idle.r).priority desc, idle.since, (idle.r).id limit p_limit) page);
end;
$$;
revoke execute on function app.interrupted_runs from public;

-- schemas/50_app/limit_error.sql

-- What a run's errors say of a limit that was met: p_met as tripped_cap gives it.
create function app.limit_error(p_met jsonb, p_attempt int, p_now timestamptz) returns jsonb
language sql stable set search_path = ''
as $$
  select (p_met - 'reason') || jsonb_build_object(
    'at', p_now, 'attempt', p_attempt,
    'code', case p_met ->> 'reason' when 'quota' then 'quota' else 'cap' end,
    'message', case p_met ->> 'reason'
      when 'quota' then 'The plan has no room for this many contents today.'
      else format('The %s''s money of the %s has no room for what this may cost.',
        split_part(p_met ->> 'cap', '_', 1), split_part(p_met ->> 'cap', '_', 2)) end);
$$;
revoke execute on function app.limit_error from public;

-- schemas/50_app/lost_answer.sql

-- The answer to a writer whose fence is no longer the run's: another attempt, or nobody, holds it now. The calls of models
-- that it tells of are booked all the same.
create function app.lost_answer(p_run app.runs, p_measured jsonb, p_now timestamptz) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  perform app.book(p_run, jsonb_build_object('model_attempts', p_measured -> 'model_attempts'), p_now);
  return jsonb_build_object('outcome', 'lost', 'status', p_run.status, 'reason', p_run.reason);
end;
$$;
revoke execute on function app.lost_answer from public;

-- schemas/50_app/measure.sql

-- Adds to a run what was measured: {model_attempts, prompt_version, items_failed, errors}, all optional. An attempt that is
-- booked already, by its id, is not counted again, only its outcome may have changed since; tokens and cost are the sums
-- of the others. errors = [{item, code, message}] of items that failed. p_run is locked and as it is stored.
drop function app.measure;
create function app.measure(p_run app.runs, p_measured jsonb, p_now timestamptz) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_told jsonb := coalesce(nullif(p_measured -> 'model_attempts', 'null'), '[]');
  v_new jsonb;
  v_all jsonb;
begin
  select coalesce(jsonb_agg(told.it), '[]') into v_new
    from jsonb_array_elements(v_told) as told (it)
    where not exists (
      select from jsonb_array_elements(p_run.model_attempts) as known (it) where known.it ->> 'id' = told.it ->> 'id');
  -- In the order in which they were made: who tells of several, those that are booked among them, tells it.
  select coalesce(jsonb_agg(call.it order by call.is_told, call.place), '[]') into v_all
    from (
      select known.it, false as is_told, known.place
      from jsonb_array_elements(p_run.model_attempts) with ordinality as known (it, place)
      where not exists (
        select from jsonb_array_elements(v_told) as told (it) where told.it ->> 'id' = known.it ->> 'id')
      union all
      select coalesce(known.it || jsonb_strip_nulls(jsonb_build_object('outcome', told.it -> 'outcome')), told.it),
        true, told.place
      from jsonb_array_elements(v_told) with ordinality as told (it, place)
      left join jsonb_array_elements(p_run.model_attempts) as known (it) on known.it ->> 'id' = told.it ->> 'id'
    ) as call;
  update app.runs r
    set model_attempts = v_all,
        tokens_in = r.tokens_in + spent.tokens_in, tokens_out = r.tokens_out + spent.tokens_out,
        cost = r.cost + spent.cost,
        prompt_version = coalesce(p_measured ->> 'prompt_version', r.prompt_version),
        items_failed = coalesce((p_measured ->> 'items_failed')::smallint, r.items_failed),
        errors = r.errors || (
          select coalesce(jsonb_agg(
            error.it || jsonb_build_object(
              'at', p_now, 'attempt', r.attempt, 'message', left(error.it ->> 'message', 2000)) order by error.place), '[]')
          from jsonb_array_elements(coalesce(nullif(p_measured -> 'errors', 'null'), '[]'))
            with ordinality as error (it, place))
    from (
      select coalesce(sum((it ->> 'tokens_in')::bigint), 0) as tokens_in,
        coalesce(sum((it ->> 'tokens_out')::bigint), 0) as tokens_out, coalesce(sum((it ->> 'cost')::bigint), 0) as cost
      from jsonb_array_elements(v_new) as it) spent
    where r.id = p_run.id
    returning r.* into p_run;
  return p_run;
end;
$$;
revoke execute on function app.measure from public;

-- schemas/50_app/newer_contents.sql

-- What was written in a workspace on a kind's platform and is not among p_known = {since, ids}: the contents that whoever
-- writes has been told of, of those from `since` on. [{id, created_at, memory}], newest first.
create function app.newer_contents(p_workspace_id uuid, p_kind app.content_type, p_known jsonb) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(
      jsonb_agg(jsonb_build_object('id', c.id, 'created_at', c.created_at, 'memory', c.memory)
        order by c.created_at desc, c.id desc), '[]')
    from app.contents c
    where c.workspace_id = p_workspace_id and c.kind = any (app.same_platform(p_kind)) and c.memory is not null
      and c.created_at >= (p_known ->> 'since')::timestamptz
      and c.id not in (select known.id::uuid from jsonb_array_elements_text(p_known -> 'ids') as known (id)));
end;
$$;
revoke execute on function app.newer_contents from public;

-- schemas/50_app/open_content.sql

-- A content, locked for change by the signed-in person, if their role is one of p_roles. Another tenant's content does not
-- exist for them.
create function app.open_content(p_content_id uuid, p_roles app.member_role[]) returns app.contents
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
begin
  select c.* into v_content from app.contents c
    join app.members m on m.workspace_id = c.workspace_id and m.user_id = (select auth.uid())
    where c.id = p_content_id
    for no key update of c;
  if v_content.id is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content in your workspaces.');
  end if;
  perform app.require_role(v_content.workspace_id, p_roles);
  return v_content;
end;
$$;
revoke execute on function app.open_content from public;

-- schemas/50_app/raise_alert.sql

-- Opens an alert, or counts the open one of the same workspace, kind and subject up; its details are those of the last
-- time. p_workspace_id null: the operator's.
create function app.raise_alert(
  p_workspace_id uuid, p_schedule_id uuid, p_kind app.alert_kind, p_subject text, p_details jsonb, p_now timestamptz
) returns app.alerts
language plpgsql set search_path = ''
as $$
declare
  v_alert app.alerts;
begin
  insert into app.alerts as a (workspace_id, schedule_id, kind, subject, details, first_at, last_at)
    values (p_workspace_id, p_schedule_id, p_kind, p_subject, coalesce(p_details, '{}'), p_now, p_now)
    on conflict (workspace_id, kind, subject) where resolved_at is null
    do update set count = a.count + 1, details = excluded.details, last_at = greatest(a.last_at, excluded.last_at)
    returning a.* into v_alert;
  return v_alert;
end;
$$;
revoke execute on function app.raise_alert from public;

-- schemas/50_app/raise_reservation.sql

-- Holds back p_more for a run besides what is held back already; less, if it is negative.
create or replace function app.raise_reservation(p_run app.runs, p_more bigint) returns void
language plpgsql set search_path = ''
as $$
begin
  update app.runs r set reserved_cost = r.reserved_cost + p_more where r.id = p_run.id;
  update app.budget_days d set reserved_cost = d.reserved_cost + p_more
    where d.workspace_id = p_run.workspace_id and d.day = p_run.reserved_day;
end;
$$;
revoke execute on function app.raise_reservation from public;

-- schemas/50_app/refused_answer.sql

-- The answer to a request that was not admitted; `refusal` is the limit that was met, if it was one.
create function app.refused_answer(p_refusal jsonb, p_schedule_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return app.claim_answer('refused', p_refusal ->> 'reason', null, p_schedule_id)
    || jsonb_build_object('refusal', case when p_refusal ? 'cap' then p_refusal - 'reason' end);
end;
$$;
revoke execute on function app.refused_answer from public;

-- schemas/50_app/reserve.sql

-- Takes a run's places and its worst cost from the workspace's day. Null: reserved; otherwise why not, as tripped_cap says
-- it, and a cap on money has raised its alert. The locks on workspace and day make claims queue up, so that no number of
-- them passes a limit together, nor two at midnight the month's.
drop function app.reserve;
create function app.reserve(p_schedule app.schedules, p_run app.runs, p_now timestamptz) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_today date := app.utc_day(p_now);
  v_workspace app.workspaces;
  v_day app.budget_days;
  v_quota int;
  v_tripped jsonb;
begin
  select w.* into v_workspace from app.workspaces w where w.id = p_run.workspace_id for no key update;
  insert into app.budget_days (workspace_id, day) values (v_workspace.id, v_today)
    on conflict (workspace_id, day) do nothing;
  select d.* into v_day from app.budget_days d where d.workspace_id = v_workspace.id and d.day = v_today
    for no key update;
  select p.runs_a_day into v_quota from app.plans p where p.plan = v_workspace.plan;
  if v_day.runs + p_run.item_count > v_quota then
    return jsonb_build_object(
      'reason', 'quota', 'cap', 'plan_quota', 'limit', v_quota, 'used', v_day.runs, 'needed', p_run.item_count,
      'turns_at', (v_today + 1)::timestamp at time zone 'UTC');
  end if;
  v_tripped := app.tripped_cap(v_workspace, p_schedule, v_today, p_run.worst_cost);
  if v_tripped is not null then
    perform app.alert_of_cap(p_schedule, v_today, v_tripped, p_now);
    return v_tripped;
  end if;
  update app.budget_days d
    set runs = d.runs + p_run.item_count, reserved_cost = d.reserved_cost + p_run.worst_cost
    where d.workspace_id = v_workspace.id and d.day = v_today;
  return null;
end;
$$;
revoke execute on function app.reserve from public;

-- schemas/50_app/reserve_again.sql

-- Makes a run's reservation what it has cost so far and one more attempt by the schedule as it is now (p_run.worst_cost).
-- Null: done; otherwise the cap that does not allow it, as tripped_cap says it, and nothing has changed but its alert.
drop function app.reserve_again;
create function app.reserve_again(p_schedule app.schedules, p_run app.runs, p_now timestamptz) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_missing bigint := p_run.cost + p_run.worst_cost - p_run.reserved_cost;
  v_workspace app.workspaces;
  v_tripped jsonb;
begin
  if v_missing > 0 then
    select w.* into v_workspace from app.workspaces w where w.id = p_run.workspace_id for no key update;
    v_tripped := app.tripped_cap(v_workspace, p_schedule, p_run.reserved_day, v_missing);
  end if;
  if v_tripped is not null then
    perform app.alert_of_cap(p_schedule, p_run.reserved_day, v_tripped, p_now);
  elsif v_missing <> 0 then
    perform app.raise_reservation(p_run, v_missing);
  end if;
  return v_tripped;
end;
$$;
revoke execute on function app.reserve_again from public;

-- schemas/50_app/resume_claim.sql

-- Decides whether a run that exists may be gone on with. Called by claim_run, resume_run and request_run with the
-- schedule locked; outcomes as claim_run describes them. What it may cost is reserved anew, by the schedule as it is now.
-- What has been paid for is not thrown away: with answers in hand a run goes on although no cap has room for more, with
-- the money that it still holds.
drop function app.resume_claim;
create function app.resume_claim(
  p_run app.runs, p_schedule app.schedules, p_claim_id text, p_message_id text, p_lease interval, p_worst_costs jsonb,
  p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_most_attempts constant int := 12;
  v_workspace app.workspaces;
  v_status app.run_status;
  v_reason app.run_reason;
  v_tripped jsonb;
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
  elsif p_run.attempt = 0 and app.subscription_lapsed(v_workspace, p_now) then
    v_status := 'skipped'; v_reason := 'subscription';
  elsif p_now >= p_run.late_at then
    v_status := 'failed'; v_reason := 'late';
  elsif p_run.attempt >= v_most_attempts then
    v_status := 'failed'; v_reason := 'attempts';
  else
    p_run.worst_cost := app.worst_cost(p_worst_costs, p_schedule, p_run);
    v_tripped := app.reserve_again(p_schedule, p_run, p_now);
    if v_tripped is not null and not exists (select from app.answers a where a.run_id = p_run.id) then
      v_status := 'failed'; v_reason := 'budget';
      update app.runs r set errors = r.errors || app.limit_error(v_tripped, r.attempt, p_now) where r.id = p_run.id;
    end if;
  end if;
  if v_status is not null then
    p_run := app.end_run(p_run, v_status, v_reason, nextval('app.run_fences'), p_now);
    return app.claim_answer(v_status::text, v_reason::text, p_run, p_schedule.id);
  end if;

  update app.runs r
    set status = 'running', attempt = r.attempt + 1, claim_id = p_claim_id, message_id = p_message_id,
        fence = nextval('app.run_fences'), lease_until = p_now + p_lease, retry_at = null,
        worst_cost = p_run.worst_cost, started_at = coalesce(r.started_at, p_now)
    where r.id = p_run.id
    returning r.* into p_run;
  return app.claim_answer('claimed', null, p_run, p_schedule.id);
end;
$$;
revoke execute on function app.resume_claim from public;

-- schemas/50_app/run_contents.sql

-- What a run wrote, in order.
create or replace function app.run_contents(p_run_id uuid) returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(app.content_json(c) order by c.item), '[]') from app.contents c where c.run_id = p_run_id;
$$;
revoke execute on function app.run_contents from public;

-- schemas/50_app/settle_reservation.sql

-- Turns a run's reservation into what it has measurably cost. p_gives_back: it also returns its places in the day's
-- quota.
create or replace function app.settle_reservation(p_run app.runs, p_gives_back boolean) returns void
language sql set search_path = ''
as $$
  update app.budget_days d
    set reserved_cost = d.reserved_cost - p_run.reserved_cost,
        spent_cost = d.spent_cost + p_run.cost,
        runs = d.runs - case when p_gives_back then p_run.item_count else 0 end
    where d.workspace_id = p_run.workspace_id and d.day = p_run.reserved_day;
$$;
revoke execute on function app.settle_reservation from public;

-- schemas/50_app/skip_occurrence.sql

-- Writes the ledger row of a due occurrence that is not performed, for a reason that lies in the workspace's plan or caps.
-- p_run is what was wanted, p_error what limit was met, if it was one.
drop function app.skip_occurrence;
create function app.skip_occurrence(
  p_run app.runs, p_schedule app.schedules, p_reason app.run_reason, p_error jsonb, p_claim_id text, p_message_id text,
  p_now timestamptz
) returns app.runs
language plpgsql set search_path = ''
as $$
begin
  insert into app.runs (
    workspace_id, schedule_id, trigger, due_at, status, reason, revision, claim_id, message_id, late_at, errors,
    created_at, finished_at, item_count, quality, priority)
  values (
    p_run.workspace_id, p_run.schedule_id, 'schedule', p_schedule.next_run_at, 'skipped', p_reason, p_run.revision,
    p_claim_id, p_message_id, p_schedule.late_at,
    case when p_error is null then '[]' else jsonb_build_array(p_error) end,
    p_now, p_now, p_run.item_count, p_run.quality, p_run.priority)
  returning * into p_run;
  return p_run;
end;
$$;
revoke execute on function app.skip_occurrence from public;

-- schemas/50_app/tripped_cap.sql

-- Which limit on money has no room for p_needed more of a run on p_day, null if none: {reason, cap, limit, used, needed,
-- turns_at}. Used is what was spent and what is held back, of the UTC day and its month; turns_at is null when it would
-- not fit an unused day or month either. Called with the workspace locked, so that nobody else spends meanwhile.
create function app.tripped_cap(
  p_workspace app.workspaces, p_schedule app.schedules, p_day date, p_needed bigint
) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_month date := date_trunc('month', p_day::timestamp);
  v_next_month date := v_month + interval '1 month';
  v_plan app.plans;
  v_today bigint;
  v_this_month bigint;
  v_own_today bigint;
  v_own_this_month bigint;
begin
  select p.* into v_plan from app.plans p where p.plan = p_workspace.plan;
  select coalesce(sum(d.reserved_cost + d.spent_cost) filter (where d.day = p_day), 0),
      coalesce(sum(d.reserved_cost + d.spent_cost), 0)
    into v_today, v_this_month
    from app.budget_days d where d.workspace_id = p_workspace.id and d.day >= v_month and d.day < v_next_month;
  if p_schedule.daily_cost_cap is not null or p_schedule.monthly_cost_cap is not null then
    select coalesce(sum(used.cost) filter (where used.day = p_day), 0), coalesce(sum(used.cost), 0)
      into v_own_today, v_own_this_month
      from (
        select r.reserved_day as day, case when r.finished_at is null then r.reserved_cost else r.cost end as cost
        from app.runs r
        where r.schedule_id = p_schedule.id and r.reserved_day >= v_month and r.reserved_day < v_next_month) used;
  end if;
  return (
    select jsonb_build_object(
      'reason', 'budget', 'cap', cap.name, 'limit', cap.most, 'used', cap.used, 'needed', p_needed,
      'turns_at', case when p_needed <= cap.most then cap.turns_on::timestamp at time zone 'UTC' end)
    from (values
      (1, 'plan_day', v_plan.daily_cost, v_today, p_day + 1),
      (2, 'plan_month', v_plan.monthly_cost, v_this_month, v_next_month),
      (3, 'workspace_day', p_workspace.daily_cost_cap, v_today, p_day + 1),
      (4, 'workspace_month', p_workspace.monthly_cost_cap, v_this_month, v_next_month),
      (5, 'schedule_day', p_schedule.daily_cost_cap, v_own_today, p_day + 1),
      (6, 'schedule_month', p_schedule.monthly_cost_cap, v_own_this_month, v_next_month)
    ) as cap (place, name, most, used, turns_on)
    where cap.used + p_needed > cap.most
    order by cap.place limit 1);
end;
$$;
revoke execute on function app.tripped_cap from public;

-- schemas/50_app/wanted_count.sql

-- How many contents a schedule's settings want of each run. Settings may be written past our doors: whatever no reader
-- would take counts as one.
create function app.wanted_count(p_settings jsonb) returns smallint
language sql immutable set search_path = ''
as $$
  select case
    when jsonb_typeof(p_settings -> 'count') = 'number' and p_settings ->> 'count' ~ '^([1-9]|1[0-9]|20)$'
    then (p_settings ->> 'count')::smallint else 1::smallint end;
$$;
revoke execute on function app.wanted_count from public;

-- schemas/50_app/wanted_quality.sql

-- The quality that a schedule's settings want; whatever no reader would take counts as standard.
create function app.wanted_quality(p_settings jsonb) returns app.quality
language sql immutable set search_path = ''
as $$
  select case when p_settings -> 'quality' = '"premium"' then 'premium' else 'standard' end::app.quality;
$$;
revoke execute on function app.wanted_quality from public;

-- schemas/50_app/wanted_run.sql

-- A run as it is wanted now, before anything is reserved or stored: how many contents, how good, how important, and what
-- one attempt may cost. Null: as the schedule says.
create function app.wanted_run(
  p_schedule app.schedules, p_count int, p_quality text, p_priority int, p_retries int, p_worst_costs jsonb
) returns app.runs
language plpgsql stable set search_path = ''
as $$
declare
  v_run app.runs;
begin
  v_run.workspace_id := p_schedule.workspace_id;
  v_run.schedule_id := p_schedule.id;
  v_run.revision := p_schedule.revision;
  v_run.item_count := coalesce(p_count, app.wanted_count(p_schedule.settings));
  v_run.quality := coalesce(p_quality::app.quality, app.wanted_quality(p_schedule.settings));
  v_run.priority := coalesce(p_priority, p_schedule.priority);
  v_run.retries := p_retries;
  if v_run.item_count not between 1 and 20 then
    raise sqlstate '22023' using message = 'a run writes 1 to 20 contents';
  end if;
  v_run.worst_cost := app.worst_cost(p_worst_costs, p_schedule, v_run);
  return v_run;
end;
$$;
revoke execute on function app.wanted_run from public;

-- schemas/50_app/worst_cost.sql

-- What one attempt of a run may cost at most, with the schedule as it is now. p_worst_costs =
-- {"standard" | "premium" | "chosen": {content_type: {"fixed": micro-USD, "byte": nano-USD}}} for one content, `byte` for
-- each byte of the settings as a prompt holds them (no text has more tokens than bytes); "chosen" is for settings that
-- name models. Fails closed: without a price nothing is reserved, so nothing may be claimed.
drop function app.worst_cost;
create function app.worst_cost(p_worst_costs jsonb, p_schedule app.schedules, p_run app.runs) returns bigint
language plpgsql stable set search_path = ''
as $$
declare
  v_models jsonb := p_schedule.settings -> 'models';
  v_order text := case
    when jsonb_typeof(v_models) = 'array' and v_models <> '[]' then 'chosen' else p_run.quality::text end;
  v_price jsonb := p_worst_costs -> v_order -> p_schedule.content_type::text;
  v_fixed numeric := v_price ->> 'fixed';
  v_byte numeric := v_price ->> 'byte';
  v_bytes int := octet_length(
    replace(replace(replace(p_schedule.settings::text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'));
begin
  if (v_fixed >= 0 and v_byte >= 0) is not true then
    raise sqlstate '22023' using message = format('worst cost of %s is missing', p_schedule.content_type);
  end if;
  return p_run.item_count * ceil(v_fixed + v_byte * v_bytes / 1000)::bigint;
end;
$$;
revoke execute on function app.worst_cost from public;

-- schemas/60_user/approve_content.sql

-- Called by the doors for people: a content that waits for review may go on as a draft, whatever the gates said.
-- approved: it is a draft; also what a repetition answers.
-- Refuses: content_not_found, role, content_status (it is on its way, out, rejected or expired).
create function public.approve_content(p_content_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
begin
  return jsonb_build_object(
    'outcome', 'approved',
    'content', app.decide_content(p_content_id, '{needs_review}', 'draft', 'content.approve', p_now));
end;
$$;
revoke execute on function public.approve_content from public, anon, authenticated, service_role;
grant execute on function public.approve_content to authenticated;

-- schemas/60_user/create_schedule.sql

-- Called by the doors for people. p_fields holds the columns that a person may write; the caller has computed
-- p_next_run_at and p_late_at from them. p_workspace_id null: the person's own workspace.
--
-- created:  stored, waiting for p_next_run_at.
-- repeated: this key (or this id) has created it before, with the same p_request_hash; the schedule as it is now.
-- Refuses: workspace_not_found, role, plan_limit, finished (no occurrence at all), idempotency_mismatch (the key was
-- used for another request).
create or replace function public.create_schedule(
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
    idempotency_key, request_hash, created_at, updated_at, daily_cost_cap, monthly_cost_cap)
  values (
    p_schedule_id, v_workspace_id, (select auth.uid()), v_new.name, v_new.content_type, v_new.frequency,
    v_new.time_of_day, v_new.weekday, v_new.day_of_month, v_new.rrule, v_new.timezone, v_new.anchor_at,
    v_new.starts_at, v_new.ends_at, v_new.max_runs, v_new.lateness_limit, coalesce(v_new.lead_time, interval '0'),
    coalesce(v_new.priority, 5), coalesce(v_new.settings, '{}'), p_next_run_at, p_late_at, p_key, p_request_hash,
    p_now, p_now, v_new.daily_cost_cap, v_new.monthly_cost_cap)
  returning * into v_new;
  perform app.write_audit(v_workspace_id, (select auth.uid()), 'schedule.create', v_new.id, '{}', p_now);
  return jsonb_build_object('outcome', 'created', 'schedule', app.schedule_json(v_new));
end;
$$;
revoke execute on function public.create_schedule from public, anon, authenticated, service_role;
grant execute on function public.create_schedule to authenticated;

-- schemas/60_user/get_content.sql

-- Called by the doors for people: {content}.
-- Refuses: content_not_found.
create or replace function public.get_content(p_content_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_found jsonb;
begin
  select jsonb_build_object('content', app.content_json(c)) into v_found
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

-- schemas/60_user/list_alerts.sql

-- Called by the doors for people: what a workspace (null: the person's own) should know of, newest first, also what was
-- resolved. p_after is {first_at, id} of the last one seen. `more`: there are others after these.
-- Refuses: workspace_not_found.
create function public.list_alerts(p_workspace_id uuid, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'first_at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  select coalesce(jsonb_agg(to_jsonb(page) order by page.first_at desc, page.id desc), '[]') into v_found
    from (
      select a.* from app.alerts a
      where a.workspace_id = v_workspace_id and (a.first_at, a.id) < (v_before, v_before_id)
      order by a.first_at desc, a.id desc limit v_limit + 1) page;
  return app.page('alerts', v_found, v_limit);
end;
$$;
revoke execute on function public.list_alerts from public, anon, authenticated, service_role;
grant execute on function public.list_alerts to authenticated;

-- schemas/60_user/list_contents.sql

-- Called by the doors for people: what was written in a workspace (null: the person's own), or for one schedule, newest
-- first, of p_status only if it is given. p_after is {created_at, id} of the last one seen. `more`: there are others
-- after these.
-- Refuses: workspace_not_found, schedule_not_found.
drop function public.list_contents;
create function public.list_contents(
  p_workspace_id uuid, p_schedule_id uuid, p_after jsonb, p_limit int, p_status text
) returns jsonb
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
  select coalesce(jsonb_agg(app.content_json(page) order by page.created_at desc, page.id desc), '[]') into v_found
    from (
      select c.* from app.contents c
      where c.workspace_id = v_workspace_id and (p_schedule_id is null or c.schedule_id = p_schedule_id)
        and (p_status is null or c.status = p_status::app.content_status)
        and (c.created_at, c.id) < (v_before, v_before_id)
      order by c.created_at desc, c.id desc limit v_limit + 1) page;
  return app.page('contents', v_found, v_limit);
end;
$$;
revoke execute on function public.list_contents from public, anon, authenticated, service_role;
grant execute on function public.list_contents to authenticated;

-- schemas/60_user/list_workspaces.sql

-- Called by the doors for people, to show where they may work: role, plan, limits, the owner's caps, and what is used
-- of them. Makes the person's own workspace if it is not there yet. Costs are of UTC days and count what is held back for
-- running work too; runs_today counts contents, as the quota does; the last 7 days include today. needs_review: contents
-- that wait for a person, counted up to 100.
create or replace function public.list_workspaces(p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_own uuid := app.personal_workspace(p_now);
  v_today date := app.utc_day(p_now);
  v_month date := date_trunc('month', app.utc_day(p_now)::timestamp);
begin
  perform app.check_now(p_now);
  return jsonb_build_object('workspaces', (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'id', w.id, 'name', w.name, 'role', m.role, 'plan', w.plan, 'subscription_status', w.subscription_status,
        'period_end', w.period_end, 'paused_at', w.paused_at,
        'limits', to_jsonb(p), 'daily_cost_cap', w.daily_cost_cap, 'monthly_cost_cap', w.monthly_cost_cap,
        'usage', jsonb_build_object(
          'schedules',
            (select count(*) from app.schedules s where s.workspace_id = w.id and s.deleted_at is null),
          'runs_today', used.runs_today, 'cost_today', used.cost_today, 'cost_month', used.cost_month,
          'cost_last_7_days', used.cost_last_7_days,
          'needs_review', (select count(*) from (
            select from app.contents c where c.workspace_id = w.id and c.status = 'needs_review' limit 100) waiting)))
      order by w.id <> v_own, w.created_at, w.id), '[]')
    from app.members m
    join app.workspaces w on w.id = m.workspace_id
    join app.plans p on p.plan = w.plan
    cross join lateral (
      select
        coalesce(sum(d.runs) filter (where d.day = v_today), 0) as runs_today,
        coalesce(sum(d.reserved_cost + d.spent_cost) filter (where d.day = v_today), 0) as cost_today,
        coalesce(sum(d.reserved_cost + d.spent_cost) filter (where d.day >= v_month), 0) as cost_month,
        coalesce(sum(d.reserved_cost + d.spent_cost) filter (where d.day > v_today - 7), 0) as cost_last_7_days
      from app.budget_days d
      where d.workspace_id = w.id and d.day <= v_today and d.day >= least(v_month, v_today - 6)) used
    where m.user_id = (select auth.uid())));
end;
$$;
revoke execute on function public.list_workspaces from public, anon, authenticated, service_role;
grant execute on function public.list_workspaces to authenticated;

-- schemas/60_user/reject_content.sql

-- Called by the doors for people: a content that waits for review, or a draft, is never posted.
-- rejected: done; also what a repetition answers.
-- Refuses: content_not_found, role, content_status (it is on its way, out or expired).
create function public.reject_content(p_content_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
begin
  return jsonb_build_object(
    'outcome', 'rejected',
    'content', app.decide_content(p_content_id, '{needs_review,draft}', 'rejected', 'content.reject', p_now));
end;
$$;
revoke execute on function public.reject_content from public, anon, authenticated, service_role;
grant execute on function public.reject_content to authenticated;

-- schemas/60_user/resolve_alert.sql

-- Called by the doors for people: the matter is dealt with. Should it come up again, there is a new alert, unless the same
-- period's cap trips on.
-- resolved: done; also what a repetition answers.
-- Refuses: alert_not_found, role.
create function public.resolve_alert(p_alert_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_alert app.alerts;
begin
  select a.* into v_alert from app.alerts a
    join app.members m on m.workspace_id = a.workspace_id and m.user_id = (select auth.uid())
    where a.id = p_alert_id
    for no key update of a;
  if v_alert.id is null then
    perform app.refuse(404, 'alert_not_found', 'There is no such alert in your workspaces.');
  end if;
  perform app.require_role(v_alert.workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  if v_alert.resolved_at is null then
    update app.alerts a set resolved_at = p_now where a.id = v_alert.id returning a.* into v_alert;
    perform app.write_audit(v_alert.workspace_id, (select auth.uid()), 'alert.resolve', v_alert.id, '{}', p_now);
  end if;
  return jsonb_build_object('outcome', 'resolved', 'alert', to_jsonb(v_alert));
end;
$$;
revoke execute on function public.resolve_alert from public, anon, authenticated, service_role;
grant execute on function public.resolve_alert to authenticated;

-- schemas/60_user/set_caps.sql

-- Called by the doors for people: what a workspace (null: the person's own) may spend in a UTC day and month, within its
-- plan. Null: no cap of its own. Holds for every claim from now on.
-- set:       done.
-- unchanged: they were so already; also what a repetition answers.
-- Refuses: workspace_not_found, role (it takes an owner); SQLSTATE 23514 for a cap below one micro-USD or beyond reason.
create function public.set_caps(p_workspace_id uuid, p_daily bigint, p_monthly bigint, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_workspace app.workspaces;
  v_is_new boolean;
begin
  perform app.require_role(v_workspace_id, '{owner}');
  perform app.check_now(p_now);
  select w.* into v_workspace from app.workspaces w where w.id = v_workspace_id for no key update;
  v_is_new := (v_workspace.daily_cost_cap, v_workspace.monthly_cost_cap) is distinct from (p_daily, p_monthly);
  if v_is_new then
    update app.workspaces w set daily_cost_cap = p_daily, monthly_cost_cap = p_monthly
      where w.id = v_workspace_id returning w.* into v_workspace;
    perform app.write_audit(
      v_workspace_id, (select auth.uid()), 'workspace.caps', v_workspace_id,
      jsonb_build_object('daily_cost_cap', p_daily, 'monthly_cost_cap', p_monthly), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case when v_is_new then 'set' else 'unchanged' end, 'workspace', to_jsonb(v_workspace));
end;
$$;
revoke execute on function public.set_caps from public, anon, authenticated, service_role;
grant execute on function public.set_caps to authenticated;

-- schemas/60_user/update_schedule.sql

-- Called by the doors for people. p_revision is the one the person saw; p_changes holds the changed columns only;
-- p_next_run_at and p_late_at are the first occurrence after p_now under the rule as it will be.
--
-- updated:   stored. If the rule really changed: a new revision, and the occurrence it waited for either stands (it is
--            due already and not begun) or gives way to p_next_run_at, leaving a row `skipped: superseded`.
-- unchanged: everything is as p_changes wants it; also what a repetition answers.
-- superseded_message_id: the message armed for an occurrence that gave way.
-- Refuses: schedule_not_found, role, revision_conflict (the rule or activity changed since the person looked).
create or replace function public.update_schedule(
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
        daily_cost_cap = v_new.daily_cost_cap, monthly_cost_cap = v_new.monthly_cost_cap,
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

-- schemas/60_user/writing_figures.sql

-- Called by the doors for people, for forecasts: what a content of this type and quality has taken on average in a
-- workspace (null: the person's own), measured over the newest 500 of the last 30 days: {contents, tokens_in, tokens_out,
-- cost}, the averages rounded up, null when there is none.
-- Refuses: workspace_not_found.
create function public.writing_figures(p_workspace_id uuid, p_content_type text, p_quality text, p_now timestamptz)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
begin
  return (
    with written as (
      select c.run_id, count(*) as contents
      from (
        select newest.run_id from app.contents newest
        where newest.workspace_id = v_workspace_id and newest.kind = p_content_type::app.content_type
          and newest.memory is not null
          and newest.created_at > p_now - interval '30 days' and newest.created_at <= p_now
        order by newest.created_at desc, newest.id desc limit 500) c
      group by c.run_id
    ), measured as (
      -- A run that was cut off by the limit of 500 counts with the share that was not.
      select w.contents, w.contents::numeric / greatest(r.item_count - r.items_failed, w.contents) as share, r.*
      from written w join app.runs r on r.id = w.run_id
      where r.quality = p_quality::app.quality)
    select jsonb_build_object(
      'contents', coalesce(sum(m.contents), 0),
      'tokens_in', ceil(sum(m.tokens_in * m.share) / sum(m.contents)),
      'tokens_out', ceil(sum(m.tokens_out * m.share) / sum(m.contents)),
      'cost', ceil(sum(m.cost * m.share) / sum(m.contents)))
    from measured m);
end;
$$;
revoke execute on function public.writing_figures from public, anon, authenticated, service_role;
grant execute on function public.writing_figures to authenticated;

-- schemas/70_service/claim_run.sql

-- Called by the webhook for every delivery, and by the sweep where it performs what is due itself. Locks the schedule;
-- two claims at once give the occurrence to one of them. With the row written, the schedule moves on to the occurrence
-- that follows, if that is known; otherwise the caller advances it. p_worst_costs as app.worst_cost takes them.
--
-- claimed:     ours under run.fence until lease_until, with the `answers` that earlier attempts have paid for. The same
--              p_claim_id gets the same answer while its lease lives.
-- duplicate:   it has ended.
-- in_progress: another attempt's lease lives, until lease_until.
-- held:        the workspace is stopped. Nothing is written.
-- stale:       not the occurrence that the schedule waits for, or no such schedule. Nothing is written.
-- early:       more than the lead time and a minute before it is due. Nothing is written.
-- late:        its time has passed; due times up to now are to be listed and recorded. Nothing is written.
-- busy:        a more important occurrence of the workspace waits for its last slot. Nothing is written.
-- skipped:     a row says why: subscription, quota, budget, or (begun before, interrupted) paused, deleted.
-- failed:      begun before and interrupted; given up now, a row says why: late, attempts, budget.
create or replace function public.claim_run(
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
  v_is_lapsed boolean;
  v_met jsonb;
begin
  select s.* into v_schedule from app.schedules s where s.id = p_schedule_id for no key update;
  select r.* into v_run from app.runs r where r.schedule_id = p_schedule_id and r.due_at = p_due_at;
  if v_run.id is not null then
    return app.resume_claim(v_run, v_schedule, p_claim_id, p_message_id, p_lease, p_worst_costs, p_now);
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

  v_is_lapsed := app.subscription_lapsed(v_workspace, p_now);
  if not v_is_lapsed and app.gives_way(v_schedule, p_now) then
    return app.claim_answer('busy', null, null, p_schedule_id);
  end if;

  v_run := app.wanted_run(v_schedule, null, null, null, null, p_worst_costs);
  v_run.due_at := p_due_at;
  v_met := case when v_is_lapsed then '{"reason": "subscription"}' else app.reserve(v_schedule, v_run, p_now) end;
  if v_met is not null then
    v_run := app.skip_occurrence(
      v_run, v_schedule, (v_met ->> 'reason')::app.run_reason,
      case when v_met ? 'cap' then app.limit_error(v_met, 0, p_now) end, p_claim_id, p_message_id, p_now);
    perform app.follow(v_schedule, p_now);
    return app.claim_answer('skipped', v_met ->> 'reason', v_run, p_schedule_id);
  end if;
  v_run := app.begin_run(v_run, v_schedule, p_claim_id, p_message_id, p_lease, p_now);
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
-- failed:   given up and counted; the run's places in the quota are given back if it cost nothing.
-- lost:     another attempt holds the run, or it has ended otherwise. What was measured is booked, nothing else.
-- Repeated with the same fence it answers the same and counts nothing twice.
-- Refuses: run_not_found.
create or replace function public.fail_run(
  p_run_id uuid, p_fence bigint, p_final boolean, p_reason text, p_error jsonb, p_measured jsonb,
  p_retry_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_run app.runs := app.lock_run(p_run_id);
begin
  if v_run.fence is distinct from p_fence or v_run.status not in ('running', 'retrying', 'failed') then
    return app.lost_answer(v_run, p_measured, p_now);
  end if;
  if v_run.status = 'running' then
    perform app.measure(v_run, p_measured, p_now);
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
  else
    -- Told again; or its message was given up when its lease had ended, and nobody has taken the run over since.
    v_run := app.book(v_run, jsonb_build_object('model_attempts', p_measured -> 'model_attempts'), p_now);
  end if;
  return jsonb_build_object(
    'outcome', v_run.status, 'run', app.run_json(v_run), 'schedule', app.fresh_schedule(v_run.schedule_id));
end;
$$;
revoke execute on function public.fail_run from public, anon, authenticated, service_role;
grant execute on function public.fail_run to service_role;

-- schemas/70_service/finish_run.sql

-- Called when the content is written: saves it, ends the run, counts and settles, all in one transaction. p_contents =
-- [{item, kind, title, body, segments, word_count, angle, memory, verdict, score, meta}]; without a verdict that says
-- passed it waits for a person. p_measured = {model_attempts, prompt_version, items_failed, errors} as app.measure takes
-- it; what record_attempt has booked is not counted again. Never moves next_run_at. p_known as app.newer_contents takes
-- it; null: nobody asks what others have written meanwhile.
--
-- outdated:  others have, and here it is (recalled); nothing is saved. Compare with it, and call again. One at a time of a
--            workspace, so that of two alike that come at once the second is told of the first.
-- succeeded: saved. Repeated with the same fence it answers the same and counts nothing twice.
-- lost:      another attempt holds the run, or it has ended otherwise. Nothing is saved; what was measured is booked.
-- Refuses: run_not_found.
drop function public.finish_run;
create function public.finish_run(
  p_run_id uuid, p_fence bigint, p_contents jsonb, p_measured jsonb, p_now timestamptz, p_known jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_run app.runs := app.lock_run(p_run_id);
  v_newer jsonb;
  v_count int;
begin
  if v_run.fence is distinct from p_fence or v_run.status not in ('running', 'succeeded') then
    return app.lost_answer(v_run, p_measured, p_now);
  end if;
  if v_run.status = 'running' then
    if p_known is not null then
      perform pg_advisory_xact_lock(hashtextextended(v_run.workspace_id::text, 0));
      v_newer := app.newer_contents(
        v_run.workspace_id, (p_contents -> 0 ->> 'kind')::app.content_type, p_known);
      if v_newer <> '[]' then
        return jsonb_build_object('outcome', 'outdated', 'recalled', v_newer);
      end if;
    end if;
    insert into app.contents (
      workspace_id, schedule_id, run_id, item, kind, title, body, segments, status, word_count, angle, memory, verdict,
      score, meta, created_at)
    select
      v_run.workspace_id, v_run.schedule_id, v_run.id, c.item, c.kind, c.title, c.body, nullif(c.segments, 'null'),
      case when c.verdict ->> 'passed' = 'true' then 'draft' else 'needs_review' end::app.content_status,
      coalesce(c.word_count, 0), left(c.angle, 100), nullif(left(c.memory, 2000), ''),
      coalesce(nullif(c.verdict, 'null'), '{}'), least(greatest(c.score, 0), 100),
      coalesce(nullif(c.meta, 'null'), '{}'), p_now
    from jsonb_populate_recordset(null::app.contents, p_contents) c;
    get diagnostics v_count = row_count;
    if v_count = 0 then
      raise sqlstate '22023' using message = 'a run that wrote nothing has not succeeded';
    end if;
    v_run := app.measure(v_run, p_measured, p_now);
    perform app.settle_reservation(v_run, false);
    delete from app.answers a where a.run_id = p_run_id;
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

-- schemas/70_service/queue_run.sql

-- Called by the door for work that nobody waits for. As request_run, but nobody begins it yet: the run waits, its places
-- and its money reserved, for a message that names it, or for the sweep. p_key is needed.
--
-- queued:      stored as `retrying`, no attempt begun; also what a repetition answers until somebody begins it, or once
--              its lease has ended without an end.
-- in_progress: this key's run is under way, until lease_until.
-- duplicate:   this key's run has ended: `contents` is what it wrote.
-- refused:     as request_run.
-- Refuses: schedule_not_found (in this workspace), role (p_user_id may only look, or is no member).
create function public.queue_run(
  p_schedule_id uuid, p_workspace_id uuid, p_user_id uuid, p_key text, p_worst_costs jsonb, p_count int, p_quality text,
  p_priority int, p_retries int, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_schedule app.schedules := app.lock_schedule(p_schedule_id);
  v_run app.runs;
  v_refusal jsonb;
begin
  perform app.check_requester(v_schedule, p_workspace_id, p_user_id);
  select r.* into v_run from app.runs r where r.schedule_id = p_schedule_id and r.idempotency_key = p_key;
  if v_run.finished_at is not null then
    return app.claim_answer('duplicate', v_run.reason::text, v_run, p_schedule_id)
      || jsonb_build_object('contents', app.run_contents(v_run.id));
  elsif v_run.id is not null then
    return app.claim_answer(
      case when v_run.status = 'running' and v_run.lease_until > p_now then 'in_progress' else 'queued' end,
      null, v_run, p_schedule_id);
  end if;

  v_run := app.wanted_run(v_schedule, p_count, p_quality, p_priority, p_retries, p_worst_costs);
  v_run.idempotency_key := p_key;
  v_run.requested_by := p_user_id;
  v_refusal := app.admit_request(v_schedule, v_run, p_now);
  if v_refusal is not null then
    return app.refused_answer(v_refusal, p_schedule_id);
  end if;
  v_run := app.begin_run(v_run, v_schedule, null, null, null, p_now);
  perform app.write_audit(p_workspace_id, p_user_id, 'run.queue', v_run.id, '{}', p_now);
  return app.claim_answer('queued', null, v_run, p_schedule_id);
end;
$$;
revoke execute on function public.queue_run from public, anon, authenticated, service_role;
grant execute on function public.queue_run to service_role;

-- schemas/70_service/raise_alert.sql

-- Called when something should be known and mended. p_workspace_id null: the operator's, which no member sees.
-- raised:  a new alert.
-- counted: there was an open one of this workspace, kind and subject; it happened once more.
create function public.raise_alert(
  p_workspace_id uuid, p_schedule_id uuid, p_kind text, p_subject text, p_details jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_alert app.alerts := app.raise_alert(
    p_workspace_id, p_schedule_id, p_kind::app.alert_kind, left(p_subject, 200), p_details, p_now);
begin
  return jsonb_build_object(
    'outcome', case when v_alert.count = 1 then 'raised' else 'counted' end, 'alert', to_jsonb(v_alert));
end;
$$;
revoke execute on function public.raise_alert from public, anon, authenticated, service_role;
grant execute on function public.raise_alert to service_role;

-- schemas/70_service/record_attempt.sql

-- Called after every call of a model, at once: what it cost is booked, whatever becomes of the run, and its answer is kept
-- until the run ends. p_attempt = {id, item, step, model, outcome, tokens_in, tokens_out, cost, ...}, booked once by its id;
-- p_answer = {item, step, fingerprint, angle, model, fields, text}, or null. A run that has ended takes the cost too, into
-- the same day. What costs more than was held back is held back at once.
--
-- recorded: the caller's fence is the run's. Repeated it counts nothing twice.
-- lost:     another attempt holds the run, or it has ended; the caller must stop. Booked all the same.
-- Both with what the run has cost and holds back.
-- Refuses: run_not_found; SQLSTATE 22023 without an id, or for a run that was never begun.
create function public.record_attempt(
  p_run_id uuid, p_fence bigint, p_attempt jsonb, p_answer jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_before app.runs := app.lock_run(p_run_id);
  v_run app.runs;
begin
  if p_attempt ->> 'id' is null or v_before.reserved_day is null then
    raise sqlstate '22023' using message = 'an attempt has an id, and belongs to a run that was begun';
  end if;
  v_run := app.book(v_before, jsonb_build_object('model_attempts', jsonb_build_array(p_attempt)), p_now);
  if v_run.finished_at is null then
    insert into app.answers (run_id, item, step, fingerprint, angle, model, fields, text, created_at)
      select p_run_id, a.item, a.step, a.fingerprint, a.angle, a.model, a.fields, a.text, p_now
      from jsonb_populate_record(null::app.answers, nullif(p_answer, 'null')) a
      where a.fingerprint is not null
      on conflict (run_id, item, step, fingerprint) do nothing;
  end if;
  return jsonb_build_object(
    'outcome', case when v_run.fence = p_fence and v_run.status = 'running' then 'recorded' else 'lost' end,
    'cost', v_run.cost, 'reserved_cost', v_run.reserved_cost);
end;
$$;
revoke execute on function public.record_attempt from public, anon, authenticated, service_role;
grant execute on function public.record_attempt to service_role;

-- schemas/70_service/request_run.sql

-- Called by the door for "run now", which has looked at the person's role already. Works while paused, never touches
-- next_run_at and does not count for max_runs. p_key is the person's Idempotency-Key; none: every claim is its own run.
-- p_count, p_quality and p_priority null: the schedule's; p_retries null: the default. p_worst_costs as app.worst_cost
-- takes them.
--
-- claimed:     ours under run.fence; also when an earlier request with this key was interrupted, then with `answers`.
-- duplicate:   this key's run has ended: `contents` is what it wrote.
-- in_progress: this key's run is under way, until lease_until.
-- refused:     reason deleted, held, subscription, quota or budget; the last two with `refusal` {cap, limit, used, needed,
--              turns_at}. Nothing is written but a cap's alert.
-- Refuses: schedule_not_found (in this workspace), role (p_user_id may only look, or is no member).
drop function public.request_run;
create function public.request_run(
  p_schedule_id uuid, p_workspace_id uuid, p_user_id uuid, p_key text, p_claim_id text, p_lease interval,
  p_worst_costs jsonb, p_count int, p_quality text, p_priority int, p_retries int, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_key text := coalesce(p_key, p_claim_id);
  v_schedule app.schedules := app.lock_schedule(p_schedule_id);
  v_run app.runs;
  v_refusal jsonb;
  v_answer jsonb;
begin
  perform app.check_requester(v_schedule, p_workspace_id, p_user_id);
  select r.* into v_run from app.runs r where r.schedule_id = p_schedule_id and r.idempotency_key = v_key;
  if v_run.id is not null then
    v_answer := app.resume_claim(v_run, v_schedule, p_claim_id, null, p_lease, p_worst_costs, p_now);
    return v_answer || case v_answer ->> 'outcome'
      when 'held' then '{"outcome": "refused", "reason": "held"}'
      when 'claimed' then '{}'
      when 'in_progress' then '{}'
      else jsonb_build_object('outcome', 'duplicate', 'contents', app.run_contents(v_run.id)) end;
  end if;

  v_run := app.wanted_run(v_schedule, p_count, p_quality, p_priority, p_retries, p_worst_costs);
  v_run.idempotency_key := v_key;
  v_run.requested_by := p_user_id;
  v_refusal := app.admit_request(v_schedule, v_run, p_now);
  if v_refusal is not null then
    return app.refused_answer(v_refusal, p_schedule_id);
  end if;
  v_run := app.begin_run(v_run, v_schedule, p_claim_id, null, p_lease, p_now);
  perform app.write_audit(p_workspace_id, p_user_id, 'run.request', v_run.id, '{}', p_now);
  return app.claim_answer('claimed', null, v_run, p_schedule_id);
end;
$$;
revoke execute on function public.request_run from public, anon, authenticated, service_role;
grant execute on function public.request_run to service_role;

-- schemas/70_service/resume_run.sql

-- Called for messages that name a run: one that was interrupted, scheduled or manual, or that was queued. Outcomes as
-- claim_run gives them for a row that exists; an unknown id is `stale`. p_worst_costs as app.worst_cost takes them.
drop function public.resume_run;
create function public.resume_run(
  p_run_id uuid, p_claim_id text, p_message_id text, p_lease interval, p_worst_costs jsonb, p_now timestamptz
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
  return app.resume_claim(v_run, v_schedule, p_claim_id, p_message_id, p_lease, p_worst_costs, p_now);
end;
$$;
revoke execute on function public.resume_run from public, anon, authenticated, service_role;
grant execute on function public.resume_run to service_role;

-- schemas/70_service/sweep_work.sql

-- Called by the sweep: what was lost or is coming near, the most important first (priority, then due time). Stopped
-- workspaces are left out. p_horizon: how far ahead messages are armed; 0: none are, and everything due is `overdue`.
-- p_limit is for each of the three lists; `after` is to be passed as p_after for the next page, null when there is none.
--
-- overdue:     schedules whose occurrence should have begun ten minutes ago, nor was a message sent for it since then;
--              with run_status (null: not begun) and lapsed (the subscription has ended, so it will only get its row).
-- unarmed:     schedules whose occurrence comes within the horizon and has no message.
-- interrupted: runs whose lease ended a minute ago, or whose retry_at has come, queued ones among them; by the run's own
--              priority.
create or replace function public.sweep_work(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
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

drop function app.lost_claim;

notify pgrst, 'reload schema';
