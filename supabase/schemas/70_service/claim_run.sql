-- Called by the webhook for every delivery, and by the sweep where it performs what is due itself. Locks the schedule;
-- two claims at once give the occurrence to one of them. With the row written, the schedule moves on to the occurrence
-- that follows, if that is known; otherwise the caller advances it. p_worst_costs as app.worst_cost takes them.
--
-- claimed:     ours under run.fence until lease_until, with the `answers` that earlier attempts have paid for. The same
--              p_claim_id gets the same answer while its lease lives.
-- duplicate:   it has ended.
-- in_progress: another attempt's lease lives, until lease_until.
-- held:        the workspace is stopped. Nothing is written.
-- stale:       not the occurrence that the schedule waits for, or no such schedule. Nothing is written.
-- early:       more than the lead time and a minute before it is due. Nothing is written.
-- late:        its time has passed; due times up to now are to be listed and recorded. Nothing is written.
-- busy:        a more important occurrence of the workspace waits for its last slot. Nothing is written.
-- skipped:     a row says why: subscription, quota, budget, or (begun before, interrupted) paused, deleted.
-- failed:      begun before and interrupted; given up now, a row says why: late, attempts, budget.
create function public.claim_run(
  p_schedule_id uuid, p_due_at timestamptz, p_claim_id text, p_message_id text, p_lease interval,
  p_worst_costs jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_clock_skew constant interval := interval '1 minute';
  v_schedule app.schedules;
  v_workspace app.workspaces;
  v_run app.runs;
  v_is_lapsed boolean;
  v_met jsonb;
begin
  select s.* into v_schedule from app.schedules s where s.id = p_schedule_id for no key update;
  select r.* into v_run from app.runs r where r.schedule_id = p_schedule_id and r.due_at = p_due_at;
  if v_run.id is not null then
    return app.resume_claim(v_run, v_schedule, p_claim_id, p_message_id, p_lease, p_worst_costs, p_now);
  elsif v_schedule.next_run_at is distinct from p_due_at or p_due_at is null then
    return app.claim_answer('stale', null, null, p_schedule_id);
  end if;
  select w.* into v_workspace from app.workspaces w where w.id = v_schedule.workspace_id;
  if v_workspace.paused_at is not null then
    return app.claim_answer('held', null, null, p_schedule_id);
  elsif p_now < p_due_at - v_schedule.lead_time - v_clock_skew then
    return app.claim_answer('early', null, null, p_schedule_id);
  elsif p_now >= v_schedule.late_at then
    return app.claim_answer('late', null, null, p_schedule_id);
  end if;

  v_is_lapsed := app.subscription_lapsed(v_workspace, p_now);
  if not v_is_lapsed and app.gives_way(v_schedule, p_now) then
    return app.claim_answer('busy', null, null, p_schedule_id);
  end if;

  v_run := app.wanted_run(v_schedule, null, null, null, null, p_worst_costs);
  v_run.due_at := p_due_at;
  v_met := case when v_is_lapsed then '{"reason": "subscription"}' else app.reserve(v_schedule, v_run, p_now) end;
  if v_met is not null then
    v_run := app.skip_occurrence(
      v_run, v_schedule, (v_met ->> 'reason')::app.run_reason,
      case when v_met ? 'cap' then app.limit_error(v_met, 0, p_now) end, p_claim_id, p_message_id, p_now);
    perform app.follow(v_schedule, p_now);
    return app.claim_answer('skipped', v_met ->> 'reason', v_run, p_schedule_id);
  end if;
  v_run := app.begin_run(v_run, v_schedule, p_claim_id, p_message_id, p_lease, p_now);
  update app.schedules s set run_count = s.run_count + 1 where s.id = p_schedule_id returning s.* into v_schedule;
  perform app.follow(v_schedule, p_now);
  return app.claim_answer('claimed', null, v_run, p_schedule_id);
end;
$$;
revoke execute on function public.claim_run from public, anon, authenticated, service_role;
grant execute on function public.claim_run to service_role;
