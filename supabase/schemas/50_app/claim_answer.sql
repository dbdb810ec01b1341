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
