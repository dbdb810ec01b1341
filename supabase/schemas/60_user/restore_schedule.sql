-- Called by the doors for people, with the first occurrence after p_now. Takes a schedule out of the bin; it is active
-- again only if it was when it was deleted, and ends at once if there is no occurrence left.
--
-- restored:  done.
-- unchanged: it was not deleted.
-- Refuses: schedule_not_found, role, plan_limit.
create function public.restore_schedule(
  p_schedule_id uuid, p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}', p_deleted => true);
  v_new app.schedules;
begin
  perform app.check_now(p_now);
  perform app.check_ahead(p_next_run_at, p_now);
  if v_old.deleted_at is null then
    return jsonb_build_object('outcome', 'unchanged', 'schedule', app.schedule_json(v_old));
  end if;
  perform app.check_plan_limit(v_old.workspace_id);
  update app.schedules s set deleted_at = null, revision = s.revision + 1, updated_at = p_now
    where s.id = v_old.id returning s.* into v_new;
  if v_new.is_active then
    v_new := case
      when app.has_future(v_new, p_next_run_at) then app.set_next_run(v_new.id, p_next_run_at, p_late_at, p_now)
      else app.finish_schedule(v_new.id, p_now) end;
  end if;
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.restore', v_old.id, '{}', p_now);
  return jsonb_build_object('outcome', 'restored', 'schedule', app.schedule_json(v_new));
end;
$$;
revoke execute on function public.restore_schedule from public, anon, authenticated, service_role;
grant execute on function public.restore_schedule to authenticated;
