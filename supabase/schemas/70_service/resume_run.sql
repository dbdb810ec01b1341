-- Called for messages that name a run: one that was interrupted, scheduled or manual, or that was queued. Outcomes as
-- claim_run gives them for a row that exists; an unknown id is `stale`. p_worst_costs as app.worst_cost takes them.
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
