-- Makes p_next_run_at the occurrence that a schedule waits for; null: it waits for none. Nothing is armed for it yet.
-- An occurrence that was cancelled before it began, and is still ahead, is re-opened: its row goes.
create function app.set_next_run(
  p_schedule_id uuid, p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns app.schedules
language plpgsql set search_path = ''
as $$
declare
  v_schedule app.schedules;
begin
  delete from app.runs r
    where r.schedule_id = p_schedule_id and r.due_at = p_next_run_at and r.due_at > p_now
      and r.status = 'skipped' and r.reason in ('paused', 'superseded', 'deleted') and r.started_at is null;
  update app.schedules s
    set next_run_at = p_next_run_at,
        late_at = case when p_next_run_at is not null then p_late_at end,
        following_run_at = null, following_late_at = null,
        armed_for = null, armed_at = null, armed_message_id = null
    where s.id = p_schedule_id
    returning s.* into v_schedule;
  return v_schedule;
end;
$$;
revoke execute on function app.set_next_run from public;
