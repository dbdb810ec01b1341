-- Called right after every claim and before anything slow: the schedule waits for the next occurrence. A compare-and-set
-- on the due time and the revision.
--
-- advanced: it waits for p_next_run_at, for which nothing is armed yet.
-- finished: there is none left (null, past ends_at, or max_runs begun).
-- stale:    somebody has moved it on, or changed it, or p_due_at has no ledger row yet. Nothing is written.
-- Refuses: schedule_not_found.
create function public.advance_schedule(
  p_schedule_id uuid, p_due_at timestamptz, p_revision int, p_next_run_at timestamptz, p_late_at timestamptz,
  p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.lock_schedule(p_schedule_id);
  v_new app.schedules := app.move_on(v_old, p_due_at, p_revision, p_next_run_at, p_late_at, p_now);
begin
  return jsonb_build_object(
    'outcome', case
      when v_new.id is null then 'stale' when v_new.finished_at is null then 'advanced' else 'finished' end,
    'schedule', app.fresh_schedule(p_schedule_id));
end;
$$;
revoke execute on function public.advance_schedule from public, anon, authenticated, service_role;
grant execute on function public.advance_schedule to service_role;
