-- The message that was armed for an occurrence the schedule no longer waits for; the caller may cancel it.
create function app.superseded_message(p_before app.schedules, p_after app.schedules) returns text
language sql immutable set search_path = ''
as $$
  select case
    when p_before.armed_for = p_before.next_run_at and p_after.next_run_at is distinct from p_before.next_run_at
    then p_before.armed_message_id
  end;
$$;
revoke execute on function app.superseded_message from public;
