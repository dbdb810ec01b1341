-- Called by the doors for people, with the first occurrence after p_now. If that is the one the pause cancelled, it is
-- re-opened and runs.
--
-- resumed:   it waits for p_next_run_at.
-- unchanged: it was active already.
-- Refuses: schedule_not_found, role, finished (there is no occurrence left).
create function public.resume_schedule(
  p_schedule_id uuid, p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}');
begin
  perform app.check_now(p_now);
  perform app.check_ahead(p_next_run_at, p_now);
  if v_old.is_active then
    return jsonb_build_object('outcome', 'unchanged', 'schedule', app.schedule_json(v_old));
  elsif not app.has_future(v_old, p_next_run_at) then
    perform app.refuse(409, 'finished', 'The schedule has no occurrence left.');
  end if;
  update app.schedules s
    set is_active = true, finished_at = null, revision = s.revision + 1, updated_at = p_now
    where s.id = v_old.id;
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.resume', v_old.id, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'resumed',
    'schedule', app.schedule_json(app.set_next_run(v_old.id, p_next_run_at, p_late_at, p_now)));
end;
$$;
revoke execute on function public.resume_schedule from public, anon, authenticated, service_role;
grant execute on function public.resume_schedule to authenticated;
