-- Ends the runs of a workspace that nobody is at work on: they were held while it was stopped, and are not wanted any more.
-- How many. Called with the workspace's schedules locked.
create function app.skip_idle(p_workspace_id uuid, p_now timestamptz) returns int
language plpgsql set search_path = ''
as $$
declare
  v_run app.runs;
  v_count int := 0;
begin
  for v_run in
    select r.* from app.runs r where r.workspace_id = p_workspace_id and app.is_idle(r, p_now)
    order by r.id for no key update
  loop
    perform app.end_run(v_run, 'skipped', 'stopped', nextval('app.run_fences'), p_now);
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
revoke execute on function app.skip_idle from public;
