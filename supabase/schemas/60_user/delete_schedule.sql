-- Called by the doors for people. The schedule goes into the bin; the occurrence it waited for leaves a row
-- `skipped: deleted`. Whether it was active is kept for restore_schedule.
--
-- deleted:   done, with the message that was armed for the cancelled occurrence.
-- unchanged: it was deleted already.
-- Refuses: schedule_not_found, role.
create function public.delete_schedule(p_schedule_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}', p_deleted => true);
  v_new app.schedules;
begin
  perform app.check_now(p_now);
  if v_old.deleted_at is not null then
    return jsonb_build_object(
      'outcome', 'unchanged', 'schedule', app.schedule_json(v_old), 'superseded_message_id', null);
  end if;
  perform app.cancel_occurrence(v_old, 'deleted', p_now);
  perform app.set_next_run(v_old.id, null, null, p_now);
  update app.schedules s set deleted_at = p_now, revision = s.revision + 1, updated_at = p_now
    where s.id = v_old.id returning s.* into v_new;
  perform app.cancel_scheduled(v_old.id, 'deleted', p_now);
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.delete', v_old.id, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'deleted', 'schedule', app.schedule_json(v_new),
    'superseded_message_id', app.superseded_message(v_old, v_new));
end;
$$;
revoke execute on function public.delete_schedule from public, anon, authenticated, service_role;
grant execute on function public.delete_schedule to authenticated;
