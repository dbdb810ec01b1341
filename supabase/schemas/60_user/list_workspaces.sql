-- Called by the doors for people, to show where they may work: role, plan, limits, the owner's caps, and what is used
-- of them. Makes the person's own workspace if it is not there yet. Costs are of UTC days and count what is held back for
-- running work too; runs_today counts contents, as the quota does; the last 7 days include today. What waits for a person,
-- each counted up to 100: needs_review and pending_approval, contents; to_decide, publications that may be out or that they
-- were given to post; dead_letters, what was given up.
create function public.list_workspaces(p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_own uuid := app.personal_workspace(p_now);
  v_today date := app.utc_day(p_now);
  v_month date := date_trunc('month', app.utc_day(p_now)::timestamp);
begin
  perform app.check_now(p_now);
  return jsonb_build_object('workspaces', (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'id', w.id, 'name', w.name, 'role', m.role, 'plan', w.plan, 'subscription_status', w.subscription_status,
        'period_end', w.period_end, 'paused_at', w.paused_at,
        'limits', to_jsonb(p), 'daily_cost_cap', w.daily_cost_cap, 'monthly_cost_cap', w.monthly_cost_cap,
        'usage', jsonb_build_object(
          'schedules',
            (select count(*) from app.schedules s where s.workspace_id = w.id and s.deleted_at is null),
          'runs_today', used.runs_today, 'cost_today', used.cost_today, 'cost_month', used.cost_month,
          'cost_last_7_days', used.cost_last_7_days,
          'needs_review', (select count(*) from (
            select from app.contents c where c.workspace_id = w.id and c.status = 'needs_review' limit 100) waiting),
          'pending_approval', (select count(*) from (
            select from app.contents c
            where c.workspace_id = w.id and c.status = 'pending_approval' limit 100) waiting),
          'to_decide', (select count(*) from (
            select from app.publications p
            where p.workspace_id = w.id
              and (p.status = 'handed_off' or (p.status = 'unknown' and p.read_at is null)) limit 100) waiting),
          'dead_letters', (select count(*) from (
            select from app.dead_letters d
            where d.workspace_id = w.id and d.letter_status = 'open' limit 100) waiting)))
      order by w.id <> v_own, w.created_at, w.id), '[]')
    from app.members m
    join app.workspaces w on w.id = m.workspace_id
    join app.plans p on p.plan = w.plan
    cross join lateral (
      select
        coalesce(sum(d.runs) filter (where d.day = v_today), 0) as runs_today,
        coalesce(sum(d.reserved_cost + d.spent_cost) filter (where d.day = v_today), 0) as cost_today,
        coalesce(sum(d.reserved_cost + d.spent_cost) filter (where d.day >= v_month), 0) as cost_month,
        coalesce(sum(d.reserved_cost + d.spent_cost) filter (where d.day > v_today - 7), 0) as cost_last_7_days
      from app.budget_days d
      where d.workspace_id = w.id and d.day <= v_today and d.day >= least(v_month, v_today - 6)) used
    where m.user_id = (select auth.uid())));
end;
$$;
revoke execute on function public.list_workspaces from public, anon, authenticated, service_role;
grant execute on function public.list_workspaces to authenticated;
