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
