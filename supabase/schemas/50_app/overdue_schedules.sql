-- The first list of sweep_work. One range of the index for each priority keeps the cost at what is overdue.
create function app.overdue_schedules(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_messages_are_used boolean := p_horizon > interval '0';
  v_patience interval := case when v_messages_are_used then interval '10 minutes' else interval '0' end;
  v_until timestamptz := p_now - v_patience;
begin
  return (
    select coalesce(jsonb_agg(
      app.schedule_json(page.s) || jsonb_build_object(
        'run_status', (
          select r.status from app.runs r where r.schedule_id = (page.s).id and r.due_at = (page.s).next_run_at),
        'lapsed', page.lapsed,
        'cursor', jsonb_build_object(
          'priority', (page.s).priority, 'at', (page.s).next_run_at, 'id', (page.s).id))
      order by (page.s).priority desc, (page.s).next_run_at, (page.s).id), '[]')
    from (
      select due.s, due.lapsed
      from app.sweep_levels(p_after) as level (priority, after_at, after_id)
      cross join lateral (
        select s, app.subscription_lapsed(w, p_now) as lapsed
        from app.schedules s join app.workspaces w on w.id = s.workspace_id
        where s.priority = level.priority and s.next_run_at is not null
          and s.next_run_at <= v_until and (s.next_run_at, s.id) > (level.after_at, level.after_id)
          -- A message that was sent since may still be on its way.
          and (not v_messages_are_used or (s.next_run_at < v_until
            and (s.armed_for is distinct from s.next_run_at or s.armed_at < v_until)))
          and w.paused_at is null
        order by s.next_run_at, s.id limit p_limit) due
      order by level.priority desc, (due.s).next_run_at, (due.s).id limit p_limit) page);
end;
$$;
revoke execute on function app.overdue_schedules from public;
