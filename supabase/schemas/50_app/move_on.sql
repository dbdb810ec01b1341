-- Lets a schedule wait for the occurrence after p_due_at, or ends it. A compare-and-set: null when it no longer waits
-- for p_due_at, its revision has moved, or p_due_at has no ledger row yet (an occurrence is never left without one).
-- Called by advance_schedule and record_missed with the schedule locked.
create function app.move_on(
  p_schedule app.schedules, p_due_at timestamptz, p_revision int,
  p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns app.schedules
language plpgsql set search_path = ''
as $$
declare
  v_schedule app.schedules;
begin
  if p_next_run_at < p_due_at then
    raise sqlstate '22023' using message = 'the next occurrence cannot come before the one that is left';
  end if;
  if p_schedule.next_run_at is distinct from p_due_at or p_schedule.revision <> p_revision or not exists (
    select from app.runs r where r.schedule_id = p_schedule.id and r.due_at = p_due_at
  ) then
    return null;
  end if;
  if app.has_future(p_schedule, p_next_run_at) then
    return app.set_next_run(p_schedule.id, p_next_run_at, p_late_at, p_now);
  end if;
  v_schedule := app.finish_schedule(p_schedule.id, p_now);
  update app.schedules s set revision = s.revision + 1 where s.id = v_schedule.id returning s.* into v_schedule;
  return v_schedule;
end;
$$;
revoke execute on function app.move_on from public;
