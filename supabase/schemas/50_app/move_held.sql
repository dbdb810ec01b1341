-- Moves the schedules of a workspace that goes on, p_schedules as resume_workspace takes it. Each is a compare-and-set on due
-- time and revision, and one that does not hold refuses them all: what the person has asked for is done as a whole. Which
-- were moved. Called with the schedules locked.
create function app.move_held(p_workspace_id uuid, p_schedules jsonb, p_now timestamptz) returns uuid[]
language plpgsql set search_path = ''
as $$
declare
  v_one record;
  v_schedule app.schedules;
  v_moved uuid[] := '{}';
begin
  for v_one in
    select * from jsonb_to_recordset(p_schedules) as one (
      schedule_id uuid, due_at timestamptz, revision int, skipped timestamptz[], missed timestamptz[],
      next_run_at timestamptz, late_at timestamptz)
  loop
    select s.* into v_schedule from app.schedules s
      where s.id = v_one.schedule_id and s.workspace_id = p_workspace_id and s.next_run_at = v_one.due_at
        and s.revision = v_one.revision and s.next_run_at <= p_now and s.id <> all (v_moved);
    if v_schedule.id is null then
      perform app.refuse(409, 'schedules_changed', 'Schedules have changed meanwhile; try again.');
    end if;
    perform app.move_one_held(
      v_schedule, coalesce(v_one.skipped, '{}'), coalesce(v_one.missed, '{}'), v_one.next_run_at, v_one.late_at, p_now);
    v_moved := v_moved || v_schedule.id;
  end loop;
  if exists (
    select from app.schedules s
    where s.workspace_id = p_workspace_id and s.next_run_at <= p_now and s.id <> all (v_moved)
  ) then
    perform app.refuse(409, 'schedules_changed', 'Schedules have changed meanwhile; try again.');
  end if;
  return v_moved;
end;
$$;
revoke execute on function app.move_held from public;
