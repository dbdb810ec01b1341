-- Called by the door for "run now", which has looked at the person's role already. Works while paused, never touches
-- next_run_at and does not count for max_runs. p_key is the person's Idempotency-Key; none: every claim is its own run.
--
-- claimed:     ours under run.fence; also when an earlier request with this key was interrupted.
-- duplicate:   this key's run has ended: `contents` is what it wrote.
-- in_progress: this key's run is under way, until lease_until.
-- refused:     reason deleted, held, subscription, quota or budget. Nothing is written.
-- Refuses: schedule_not_found (in this workspace), role (p_user_id may only look, or is no member).
create function public.request_run(
  p_schedule_id uuid, p_workspace_id uuid, p_user_id uuid, p_key text, p_claim_id text, p_lease interval,
  p_worst_costs jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_key text := coalesce(p_key, p_claim_id);
  v_schedule app.schedules := app.lock_schedule(p_schedule_id);
  v_workspace app.workspaces;
  v_run app.runs;
  v_worst_cost bigint;
  v_refusal text;
  v_answer jsonb;
begin
  if v_schedule.workspace_id is distinct from p_workspace_id then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule in this workspace.');
  elsif not exists (
    select from app.members m
    where m.workspace_id = p_workspace_id and m.user_id = p_user_id and m.role in ('owner', 'editor')
  ) then
    perform app.refuse(403, 'role', 'Running a schedule takes owner or editor.');
  end if;

  select r.* into v_run from app.runs r where r.schedule_id = p_schedule_id and r.idempotency_key = v_key;
  if v_run.id is not null then
    v_answer := app.resume_claim(v_run, v_schedule, p_claim_id, null, p_lease, p_now);
    return v_answer || case v_answer ->> 'outcome'
      when 'held' then '{"outcome": "refused", "reason": "held"}'
      when 'claimed' then '{}'
      when 'in_progress' then '{}'
      else jsonb_build_object('outcome', 'duplicate', 'contents', app.run_contents(v_run.id)) end;
  end if;

  select w.* into v_workspace from app.workspaces w where w.id = p_workspace_id;
  v_worst_cost := app.worst_cost(p_worst_costs, v_schedule.content_type);
  v_refusal := case
    when v_schedule.deleted_at is not null then 'deleted'
    when v_workspace.paused_at is not null then 'held'
    when app.subscription_lapsed(v_workspace, p_now) then 'subscription'
    else app.reserve(v_workspace, v_worst_cost, p_now)::text end;
  if v_refusal is not null then
    return app.claim_answer('refused', v_refusal, null, p_schedule_id);
  end if;
  v_run := app.begin_run(v_schedule, null, v_key, p_user_id, p_claim_id, null, p_lease, v_worst_cost, p_now);
  perform app.write_audit(p_workspace_id, p_user_id, 'run.request', v_run.id, '{}', p_now);
  return app.claim_answer('claimed', null, v_run, p_schedule_id);
end;
$$;
revoke execute on function public.request_run from public, anon, authenticated, service_role;
grant execute on function public.request_run to service_role;
