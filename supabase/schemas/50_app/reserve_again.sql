-- Makes sure that a run's reservation covers what it has cost so far and one more attempt. False: the day's budget does
-- not allow it.
create function app.reserve_again(p_run app.runs, p_workspace app.workspaces) returns boolean
language plpgsql set search_path = ''
as $$
declare
  v_missing bigint := p_run.cost + p_run.worst_cost - p_run.reserved_cost;
  v_day app.budget_days;
begin
  if v_missing <= 0 then
    return true;
  end if;
  select d.* into v_day from app.budget_days d where d.workspace_id = p_run.workspace_id and d.day = p_run.reserved_day
    for no key update;
  if v_day.reserved_cost + v_day.spent_cost + v_missing > (
    select p.daily_cost from app.plans p where p.plan = p_workspace.plan
  ) then
    return false;
  end if;
  perform app.raise_reservation(p_run, v_missing);
  return true;
end;
$$;
revoke execute on function app.reserve_again from public;
