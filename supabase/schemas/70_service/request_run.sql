-- Called by the door for "run now", which has looked at the person's role already. Works while paused, never touches
-- next_run_at and does not count for max_runs. p_key is the person's Idempotency-Key; none: every claim is its own run.
-- p_count, p_quality and p_priority null: the schedule's; p_retries null: the default. p_publish: what it writes goes out, to the
-- schedule's targets; otherwise it stays a draft. p_worst_costs as app.worst_cost takes them.
--
-- claimed:     ours under run.fence; also when an earlier request with this key was interrupted, then with `answers`.
-- duplicate:   this key's run has ended: `contents` is what it wrote.
-- in_progress: this key's run is under way, until lease_until.
-- refused:     reason deleted, held, subscription, quota or budget; the last two with `refusal` {cap, limit, used, needed,
--              turns_at}. Nothing is written but a cap's alert.
-- Refuses: schedule_not_found (in this workspace), role (p_user_id may only look, or is no member).
create function public.request_run(
  p_schedule_id uuid, p_workspace_id uuid, p_user_id uuid, p_key text, p_claim_id text, p_lease interval,
  p_worst_costs jsonb, p_count int, p_quality text, p_priority int, p_retries int, p_publish boolean, p_now timestamptz
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
  v_run.publishes := p_publish;
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
