-- Writes the ledger row of a due occurrence that is not performed, for a reason that lies in the workspace's plan or caps.
-- p_run is what was wanted, p_error what limit was met, if it was one.
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
