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
  p_priority int, p_retries int, p_publish boolean, p_now timestamptz
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
  v_run.publishes := p_publish;
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
