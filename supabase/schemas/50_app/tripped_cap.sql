-- Which limit on money has no room for p_needed more of a run on p_day, null if none: {reason, cap, limit, used, needed,
-- turns_at}. Used is what was spent and what is held back, of the UTC day and its month; turns_at is null when it would
-- not fit an unused day or month either. Called with the workspace locked, so that nobody else spends meanwhile.
create function app.tripped_cap(
  p_workspace app.workspaces, p_schedule app.schedules, p_day date, p_needed bigint
) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_month date := date_trunc('month', p_day::timestamp);
  v_next_month date := v_month + interval '1 month';
  v_plan app.plans;
  v_today bigint;
  v_this_month bigint;
  v_own_today bigint;
  v_own_this_month bigint;
begin
  select p.* into v_plan from app.plans p where p.plan = p_workspace.plan;
  select coalesce(sum(d.reserved_cost + d.spent_cost) filter (where d.day = p_day), 0),
      coalesce(sum(d.reserved_cost + d.spent_cost), 0)
    into v_today, v_this_month
    from app.budget_days d where d.workspace_id = p_workspace.id and d.day >= v_month and d.day < v_next_month;
  if p_schedule.daily_cost_cap is not null or p_schedule.monthly_cost_cap is not null then
    select coalesce(sum(used.cost) filter (where used.day = p_day), 0), coalesce(sum(used.cost), 0)
      into v_own_today, v_own_this_month
      from (
        select r.reserved_day as day, case when r.finished_at is null then r.reserved_cost else r.cost end as cost
        from app.runs r
        where r.schedule_id = p_schedule.id and r.reserved_day >= v_month and r.reserved_day < v_next_month) used;
  end if;
  return (
    select jsonb_build_object(
      'reason', 'budget', 'cap', cap.name, 'limit', cap.most, 'used', cap.used, 'needed', p_needed,
      'turns_at', case when p_needed <= cap.most then cap.turns_on::timestamp at time zone 'UTC' end)
    from (values
      (1, 'plan_day', v_plan.daily_cost, v_today, p_day + 1),
      (2, 'plan_month', v_plan.monthly_cost, v_this_month, v_next_month),
      (3, 'workspace_day', p_workspace.daily_cost_cap, v_today, p_day + 1),
      (4, 'workspace_month', p_workspace.monthly_cost_cap, v_this_month, v_next_month),
      (5, 'schedule_day', p_schedule.daily_cost_cap, v_own_today, p_day + 1),
      (6, 'schedule_month', p_schedule.monthly_cost_cap, v_own_this_month, v_next_month)
    ) as cap (place, name, most, used, turns_on)
    where cap.used + p_needed > cap.most
    order by cap.place limit 1);
end;
$$;
revoke execute on function app.tripped_cap from public;
