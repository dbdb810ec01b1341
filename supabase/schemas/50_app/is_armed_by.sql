-- Whether it is this very message that a schedule's coming occurrence is armed with.
create function app.is_armed_by(p_schedule app.schedules, p_message_id text) returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(p_schedule.armed_for = p_schedule.next_run_at and p_schedule.armed_message_id = p_message_id, false);
$$;
revoke execute on function app.is_armed_by from public;
