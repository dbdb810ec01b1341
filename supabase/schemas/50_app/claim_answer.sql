-- The answer of every claim, with the schedule as it is after it. Who has claimed a run also gets what its earlier
-- attempts have paid for.
create function app.claim_answer(p_outcome text, p_reason text, p_run app.runs, p_schedule_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return jsonb_build_object(
    'outcome', p_outcome,
    'reason', p_reason,
    'run', app.run_json(p_run),
    'lease_until', p_run.lease_until,
    'schedule', app.fresh_schedule(p_schedule_id),
    'answers', case when p_outcome = 'claimed' then (
      select coalesce(jsonb_agg(to_jsonb(a) - 'run_id' order by a.item, a.step, a.created_at), '[]')
      from app.answers a where a.run_id = p_run.id) else '[]' end);
end;
$$;
revoke execute on function app.claim_answer from public;
