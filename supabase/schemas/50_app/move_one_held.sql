-- Writes the rows of due times that were held and are not performed, and lets the schedule, which is locked, wait for
-- p_next_run_at: one of them that still stands, or the first that is ahead. Its message, if it had one, was answered `held`.
create function app.move_one_held(
  p_schedule app.schedules, p_skipped timestamptz[], p_missed timestamptz[], p_next_run_at timestamptz,
  p_late_at timestamptz, p_now timestamptz
) returns void
language plpgsql set search_path = ''
as $$
declare
  v_most constant int := 20000;
  v_due_at timestamptz := p_schedule.next_run_at;
begin
  if cardinality(p_skipped) + cardinality(p_missed) > v_most or exists (
    select from unnest(p_skipped || p_missed) as past (due_at)
    where (past.due_at between v_due_at and p_now and past.due_at < coalesce(p_next_run_at, 'infinity')) is not true
  ) then
    raise sqlstate '22023' using message = 'only due times from the one that was held up to now get a row';
  end if;
  insert into app.runs (
    workspace_id, schedule_id, trigger, due_at, status, reason, revision, created_at, finished_at)
  select
    p_schedule.workspace_id, p_schedule.id, 'schedule', past.due_at, past.status, past.reason, p_schedule.revision, p_now,
    p_now
  from (
    select unnest(p_skipped) as due_at, 'skipped'::app.run_status as status, 'stopped'::app.run_reason as reason
    union all
    select unnest(p_missed), 'missed', 'late') past
  on conflict (schedule_id, due_at) do nothing;
  if p_next_run_at = v_due_at then
    perform app.set_next_run(p_schedule.id, p_next_run_at, p_late_at, p_now);
  elsif (app.move_on(p_schedule, v_due_at, p_schedule.revision, p_next_run_at, p_late_at, p_now)).id is null then
    raise sqlstate '22023' using message = 'a due time that was held would disappear';
  end if;
end;
$$;
revoke execute on function app.move_one_held from public;
