-- A run whose schedule is locked first, as everybody does who writes. Refuses an unknown id.
create function app.lock_run(p_run_id uuid) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_run app.runs;
begin
  perform from app.schedules s join app.runs r on r.schedule_id = s.id where r.id = p_run_id for no key update of s;
  select r.* into v_run from app.runs r where r.id = p_run_id for no key update;
  if v_run.id is null then
    perform app.refuse(404, 'run_not_found', 'There is no such run.');
  end if;
  return v_run;
end;
$$;
revoke execute on function app.lock_run from public;
