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
