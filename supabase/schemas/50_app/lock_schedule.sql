-- A schedule, locked for the service. Refuses an unknown id.
create function app.lock_schedule(p_schedule_id uuid) returns app.schedules
language plpgsql set search_path = ''
as $$
declare
  v_schedule app.schedules;
begin
  select s.* into v_schedule from app.schedules s where s.id = p_schedule_id for no key update;
  if v_schedule.id is null then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule.');
  end if;
  return v_schedule;
end;
$$;
revoke execute on function app.lock_schedule from public;
