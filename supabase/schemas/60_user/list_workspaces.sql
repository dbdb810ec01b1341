-- Called by the doors for people, to show where they may work: role, plan, limits and what is used of them today.
-- Makes the person's own workspace if it is not there yet. cost_today counts what is held back for running work too.
create function public.list_workspaces(p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_own uuid := app.personal_workspace(p_now);
begin
  perform app.check_now(p_now);
  return jsonb_build_object('workspaces', (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'id', w.id, 'name', w.name, 'role', m.role, 'plan', w.plan, 'subscription_status', w.subscription_status,
        'period_end', w.period_end, 'paused_at', w.paused_at,
        'limits', to_jsonb(p),
        'usage', jsonb_build_object(
          'schedules',
            (select count(*) from app.schedules s where s.workspace_id = w.id and s.deleted_at is null),
          'runs_today', coalesce(d.runs, 0),
          'cost_today', coalesce(d.reserved_cost + d.spent_cost, 0)))
      order by w.id <> v_own, w.created_at, w.id), '[]')
    from app.members m
    join app.workspaces w on w.id = m.workspace_id
    join app.plans p on p.plan = w.plan
    left join app.budget_days d on d.workspace_id = w.id and d.day = app.utc_day(p_now)
    where m.user_id = (select auth.uid())));
end;
$$;
revoke execute on function public.list_workspaces from public, anon, authenticated, service_role;
grant execute on function public.list_workspaces to authenticated;
