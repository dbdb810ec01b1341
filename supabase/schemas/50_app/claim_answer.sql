-- The answer of every claim, with the schedule as it is after it. Who has claimed a run also gets, in the same round
-- trip, what writing needs: what earlier attempts have paid for, what was written before (app.recall_contents), and where
-- it goes (app.target_accounts). Of a run that has ended, `publications` are those that still want a message.
create function app.claim_answer(p_outcome text, p_reason text, p_run app.runs, p_schedule_id uuid) returns jsonb
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
  if p_outcome = 'duplicate' then
    return v_answer || jsonb_build_object('publications', app.unarmed_publications(p_run.id));
  elsif p_outcome <> 'claimed' then
    return v_answer;
  end if;
  return v_answer || jsonb_build_object(
    'answers', (
      select coalesce(jsonb_agg(to_jsonb(a) - 'run_id' order by a.item, a.step, a.created_at), '[]')
      from app.answers a where a.run_id = p_run.id),
    'recalled', (
      select app.recall_contents(s.id, app.same_platform(s.content_type), v_most_recalled)
      from app.schedules s where s.id = p_schedule_id),
    'targets', (
      select case when p_run.publishes then app.target_accounts(s) else '[]' end
      from app.schedules s where s.id = p_schedule_id));
end;
$$;
revoke execute on function app.claim_answer from public;
