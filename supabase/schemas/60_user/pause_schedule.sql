-- Called by the doors for people. While paused there are no nominal occurrences: the one it waited for leaves a row
-- `skipped: paused`, those after it leave none.
--
-- paused:    done, with the message that was armed for the cancelled occurrence.
-- unchanged: it was paused or finished already.
-- Refuses: schedule_not_found, role.
create function public.pause_schedule(p_schedule_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}');
  v_new app.schedules;
begin
  perform app.check_now(p_now);
  if not v_old.is_active then
    return jsonb_build_object(
      'outcome', 'unchanged', 'schedule', app.schedule_json(v_old), 'superseded_message_id', null);
  end if;
  perform app.cancel_occurrence(v_old, 'paused', p_now);
  perform app.set_next_run(v_old.id, null, null, p_now);
  update app.schedules s set is_active = false, revision = s.revision + 1, updated_at = p_now
    where s.id = v_old.id returning s.* into v_new;
  perform app.cancel_scheduled(v_old.id, 'paused', p_now);
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.pause', v_old.id, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'paused', 'schedule', app.schedule_json(v_new),
    'superseded_message_id', app.superseded_message(v_old, v_new));
end;
$$;
revoke execute on function public.pause_schedule from public, anon, authenticated, service_role;
grant execute on function public.pause_schedule to authenticated;
