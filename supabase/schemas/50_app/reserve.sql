-- Takes one run and its worst cost from the workspace's day. Null: reserved; otherwise why not. The lock on the day's
-- row makes claims queue up, so that no number of them passes the limits together.
create function app.reserve(p_workspace app.workspaces, p_worst_cost bigint, p_now timestamptz) returns app.run_reason
language plpgsql set search_path = ''
as $$
declare
  v_today date := app.utc_day(p_now);
  v_day app.budget_days;
  v_plan app.plans;
begin
  insert into app.budget_days (workspace_id, day) values (p_workspace.id, v_today)
    on conflict (workspace_id, day) do nothing;
  select d.* into v_day from app.budget_days d where d.workspace_id = p_workspace.id and d.day = v_today
    for no key update;
  select p.* into v_plan from app.plans p where p.plan = p_workspace.plan;
  if v_day.runs >= v_plan.runs_a_day then
    return 'quota'::app.run_reason;
  elsif v_day.reserved_cost + v_day.spent_cost + p_worst_cost > v_plan.daily_cost then
    return 'budget'::app.run_reason;
  end if;
  update app.budget_days d set runs = d.runs + 1, reserved_cost = d.reserved_cost + p_worst_cost
    where d.workspace_id = p_workspace.id and d.day = v_today;
  return null;
end;
$$;
revoke execute on function app.reserve from public;
