-- Ends a schedule whose rule has no occurrence left.
create function app.finish_schedule(p_schedule_id uuid, p_now timestamptz) returns app.schedules
language plpgsql set search_path = ''
as $$
declare
  v_schedule app.schedules;
begin
  update app.schedules s
    set is_active = false, finished_at = p_now, next_run_at = null, late_at = null,
        following_run_at = null, following_late_at = null,
        armed_for = null, armed_at = null, armed_message_id = null
    where s.id = p_schedule_id
    returning s.* into v_schedule;
  return v_schedule;
end;
$$;
revoke execute on function app.finish_schedule from public;
