-- Writes the ledger row of the occurrence that a schedule waited for and now will not perform. One that was begun
-- already has its row and keeps it.
create function app.cancel_occurrence(p_schedule app.schedules, p_reason app.run_reason, p_now timestamptz)
returns void
language sql set search_path = ''
as $$
  insert into app.runs (
    workspace_id, schedule_id, trigger, due_at, status, reason, revision, late_at, created_at, finished_at)
  select
    p_schedule.workspace_id, p_schedule.id, 'schedule', p_schedule.next_run_at, 'skipped', p_reason,
    p_schedule.revision, p_schedule.late_at, p_now, p_now
  where p_schedule.next_run_at is not null
  on conflict (schedule_id, due_at) do nothing;
$$;
revoke execute on function app.cancel_occurrence from public;
