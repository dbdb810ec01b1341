-- The second list of sweep_work: not overdue, not armed, within the horizon, and not of a lapsed workspace (for which
-- nothing is armed; its occurrences get their rows once they are overdue).
create function app.unarmed_schedules(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      app.schedule_json(page.s) || jsonb_build_object(
        'cursor', jsonb_build_object(
          'priority', (page.s).priority, 'at', (page.s).next_run_at, 'id', (page.s).id))
      order by (page.s).priority desc, (page.s).next_run_at, (page.s).id), '[]')
    from (
      select near.s
      from app.sweep_levels(p_after) as level (priority, after_at, after_id)
      cross join lateral (
        select s from app.schedules s join app.workspaces w on w.id = s.workspace_id
        where s.priority = level.priority and s.next_run_at is not null
          and s.armed_for is distinct from s.next_run_at
          and s.next_run_at >= p_now - interval '10 minutes'
          -- Its message is wanted for the start of its lead, which is a day at most.
          and s.next_run_at <= p_now + p_horizon + interval '1 day' and s.next_run_at - s.lead_time <= p_now + p_horizon
          and (s.next_run_at, s.id) > (level.after_at, level.after_id)
          and w.paused_at is null and not app.subscription_lapsed(w, p_now)
        order by s.next_run_at, s.id limit p_limit) near
      order by level.priority desc, (near.s).next_run_at, (near.s).id limit p_limit) page);
end;
$$;
revoke execute on function app.unarmed_schedules from public;
