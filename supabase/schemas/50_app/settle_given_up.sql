-- What becomes of the run whose message was given up; outcomes as settle_dead_letter describes them. Called by it with
-- the schedule locked; p_run is empty when the occurrence was never begun.
create function app.settle_given_up(
  p_schedule app.schedules, p_run app.runs, p_due_at timestamptz, p_now timestamptz
) returns text
language plpgsql set search_path = ''
as $$
declare
  v_is_held boolean := exists (
    select from app.workspaces w where w.id = p_schedule.workspace_id and w.paused_at is not null);
begin
  if p_run.id is null then
    if p_schedule.next_run_at is distinct from p_due_at or p_due_at is null then
      return 'closed';
    elsif v_is_held or p_now < p_schedule.late_at then
      return 'waiting';
    end if;
    insert into app.runs (
      workspace_id, schedule_id, trigger, due_at, status, reason, revision, late_at, created_at, finished_at)
    values (
      p_schedule.workspace_id, p_schedule.id, 'schedule', p_due_at, 'failed', 'delivery', p_schedule.revision,
      p_schedule.late_at, p_now, p_now);
    update app.schedules s
      set total_failed = s.total_failed + 1, consecutive_failures = s.consecutive_failures + 1
      where s.id = p_schedule.id;
    return 'failed';
  end if;

  if p_run.status not in ('running', 'retrying') or p_run.lease_until > p_now then
    return 'closed';
  elsif v_is_held or p_run.late_at is null or p_now < p_run.late_at then
    update app.runs r
      set status = 'retrying', lease_until = null, retry_at = least(r.retry_at, p_now)
      where r.id = p_run.id;
    return 'waiting';
  end if;
  perform app.end_run(p_run, 'failed', 'delivery', nextval('app.run_fences'), p_now);
  return 'failed';
end;
$$;
revoke execute on function app.settle_given_up from public;
