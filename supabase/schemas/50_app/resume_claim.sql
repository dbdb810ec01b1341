-- Decides whether a run that exists may be gone on with. Called by claim_run, resume_run and request_run with the
-- schedule locked; outcomes as claim_run describes them. What it may cost is reserved anew, by the schedule as it is now.
-- What has been paid for is not thrown away: with answers in hand a run goes on although no cap has room for more, with
-- the money that it still holds.
create function app.resume_claim(
  p_run app.runs, p_schedule app.schedules, p_claim_id text, p_message_id text, p_lease interval, p_worst_costs jsonb,
  p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_most_attempts constant int := 12;
  v_workspace app.workspaces;
  v_status app.run_status;
  v_reason app.run_reason;
  v_tripped jsonb;
begin
  if p_run.status not in ('running', 'retrying') then
    return app.claim_answer('duplicate', p_run.reason::text, p_run, p_schedule.id);
  end if;
  if p_run.status = 'running' and p_run.lease_until > p_now then
    -- The same claimant asks again because the answer was lost on the way.
    return app.claim_answer(
      case when p_run.claim_id = p_claim_id then 'claimed' else 'in_progress' end, null, p_run, p_schedule.id);
  end if;
  select w.* into v_workspace from app.workspaces w where w.id = p_run.workspace_id;
  if v_workspace.paused_at is not null then
    return app.claim_answer('held', null, p_run, p_schedule.id);
  end if;

  if p_schedule.deleted_at is not null then
    v_status := 'skipped'; v_reason := 'deleted';
  -- Finished is not paused: its last occurrence is still performed. A person's "run now" works while paused.
  elsif p_run.trigger = 'schedule' and not p_schedule.is_active and p_schedule.finished_at is null then
    v_status := 'skipped'; v_reason := 'paused';
  elsif p_run.attempt = 0 and app.subscription_lapsed(v_workspace, p_now) then
    v_status := 'skipped'; v_reason := 'subscription';
  elsif p_now >= p_run.late_at then
    v_status := 'failed'; v_reason := 'late';
  elsif p_run.attempt >= v_most_attempts then
    v_status := 'failed'; v_reason := 'attempts';
  else
    p_run.worst_cost := app.worst_cost(p_worst_costs, p_schedule, p_run);
    v_tripped := app.reserve_again(p_schedule, p_run, p_now);
    if v_tripped is not null and not exists (select from app.answers a where a.run_id = p_run.id) then
      v_status := 'failed'; v_reason := 'budget';
      update app.runs r set errors = r.errors || app.limit_error(v_tripped, r.attempt, p_now) where r.id = p_run.id;
    end if;
  end if;
  if v_status is not null then
    p_run := app.end_run(p_run, v_status, v_reason, nextval('app.run_fences'), p_now);
    return app.claim_answer(v_status::text, v_reason::text, p_run, p_schedule.id);
  end if;

  update app.runs r
    set status = 'running', attempt = r.attempt + 1, claim_id = p_claim_id, message_id = p_message_id,
        fence = nextval('app.run_fences'), lease_until = p_now + p_lease, retry_at = null,
        worst_cost = p_run.worst_cost, started_at = coalesce(r.started_at, p_now)
    where r.id = p_run.id
    returning r.* into p_run;
  return app.claim_answer('claimed', null, p_run, p_schedule.id);
end;
$$;
revoke execute on function app.resume_claim from public;
