-- Called when a claim answered `late`, and by the sweep: due times that nobody performed in time get their rows, and the
-- schedule waits for p_next_run_at (the newest that may still be performed, or the first future one). A compare-and-set
-- on the due time and the revision.
--
-- recorded: with how many rows were new; due times that have a row already keep it.
-- stale:    somebody has moved it on or changed it, or p_due_at is not among those with a row. Nothing is written.
-- Refuses: schedule_not_found.
create function public.record_missed(
  p_schedule_id uuid, p_due_at timestamptz, p_revision int, p_missed timestamptz[],
  p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_schedule app.schedules := app.lock_schedule(p_schedule_id);
  v_recorded int := 0;
begin
  if v_schedule.next_run_at = p_due_at and v_schedule.revision = p_revision and (
    p_due_at = any (p_missed)
    or exists (select from app.runs r where r.schedule_id = p_schedule_id and r.due_at = p_due_at)
  ) then
    insert into app.runs (
      workspace_id, schedule_id, trigger, due_at, status, reason, revision, created_at, finished_at)
    select
      v_schedule.workspace_id, v_schedule.id, 'schedule', missed.due_at, 'missed', 'late', v_schedule.revision,
      p_now, p_now
    from unnest(p_missed) as missed (due_at)
    on conflict (schedule_id, due_at) do nothing;
    get diagnostics v_recorded = row_count;
    perform app.move_on(v_schedule, p_due_at, p_revision, p_next_run_at, p_late_at, p_now);
    return jsonb_build_object(
      'outcome', 'recorded', 'recorded', v_recorded, 'schedule', app.fresh_schedule(p_schedule_id));
  end if;
  return jsonb_build_object('outcome', 'stale', 'recorded', 0, 'schedule', app.schedule_json(v_schedule));
end;
$$;
revoke execute on function public.record_missed from public, anon, authenticated, service_role;
grant execute on function public.record_missed to service_role;
