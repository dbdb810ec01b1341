-- Stores a run that was wanted (app.wanted_run, with due_at or idempotency_key) and reserved for: its first attempt begins
-- now under p_lease. p_lease null: nobody has begun it; it waits for a message, or for the sweep.
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
    item_count, quality, priority, retries, publishes)
  values (
    p_run.workspace_id, p_run.schedule_id,
    case when p_run.due_at is null then 'manual' else 'schedule' end::app.run_trigger,
    p_run.due_at, p_run.idempotency_key, p_run.requested_by,
    case when v_is_begun then 'running' else 'retrying' end::app.run_status,
    p_run.revision, v_is_begun::int, p_claim_id, nextval('app.run_fences'), p_now + p_lease,
    case when not v_is_begun then p_now end, case when p_run.due_at is not null then p_schedule.late_at end,
    p_message_id, app.utc_day(p_now), p_run.worst_cost, p_run.worst_cost, p_now, case when v_is_begun then p_now end,
    p_run.item_count, p_run.quality, p_run.priority, p_run.retries, p_run.publishes)
  returning * into p_run;
  return p_run;
end;
$$;
revoke execute on function app.begin_run from public;
