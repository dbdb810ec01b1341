-- Called after messages were published, p_armed = [{schedule_id, due_at, revision, message_id, following_run_at,
-- following_late_at}]; the last two are the occurrence after due_at, none if there is none. Each is a compare-and-set: a
-- schedule that meanwhile waits for something else stays unarmed. Told twice of the same message it counts it once.
--
-- armed: how many schedules are armed by these messages.
create function public.mark_armed(p_armed jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_one record;
  v_armed int := 0;
begin
  -- In order of id, so that two callers with the same schedules never wait for each other in a circle.
  for v_one in
    select * from jsonb_to_recordset(p_armed) as a (
      schedule_id uuid, due_at timestamptz, revision int, message_id text,
      following_run_at timestamptz, following_late_at timestamptz)
    order by a.schedule_id
  loop
    update app.schedules s
      set armed_for = v_one.due_at,
          armed_at = case when app.is_armed_by(s, v_one.message_id) then s.armed_at else p_now end,
          arm_count = s.arm_count + (not app.is_armed_by(s, v_one.message_id))::int,
          armed_message_id = v_one.message_id,
          following_run_at = v_one.following_run_at, following_late_at = v_one.following_late_at
      where s.id = v_one.schedule_id and s.next_run_at = v_one.due_at and s.revision = v_one.revision;
    v_armed := v_armed + found::int;
  end loop;
  return jsonb_build_object('armed', v_armed);
end;
$$;
revoke execute on function public.mark_armed from public, anon, authenticated, service_role;
grant execute on function public.mark_armed to service_role;
