-- Takes a run's places and its worst cost from the workspace's day. Null: reserved; otherwise why not, as tripped_cap says
-- it, and a cap on money has raised its alert. The locks on workspace and day make claims queue up, so that no number of
-- them passes a limit together, nor two at midnight the month's.
create function app.reserve(p_schedule app.schedules, p_run app.runs, p_now timestamptz) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_today date := app.utc_day(p_now);
  v_workspace app.workspaces;
  v_day app.budget_days;
  v_quota int;
  v_tripped jsonb;
begin
  select w.* into v_workspace from app.workspaces w where w.id = p_run.workspace_id for no key update;
  insert into app.budget_days (workspace_id, day) values (v_workspace.id, v_today)
    on conflict (workspace_id, day) do nothing;
  select d.* into v_day from app.budget_days d where d.workspace_id = v_workspace.id and d.day = v_today
    for no key update;
  select p.runs_a_day into v_quota from app.plans p where p.plan = v_workspace.plan;
  if v_day.runs + p_run.item_count > v_quota then
    return jsonb_build_object(
      'reason', 'quota', 'cap', 'plan_quota', 'limit', v_quota, 'used', v_day.runs, 'needed', p_run.item_count,
      'turns_at', (v_today + 1)::timestamp at time zone 'UTC');
  end if;
  v_tripped := app.tripped_cap(v_workspace, p_schedule, v_today, p_run.worst_cost);
  if v_tripped is not null then
    perform app.alert_of_cap(p_schedule, v_today, v_tripped, p_now);
    return v_tripped;
  end if;
  update app.budget_days d
    set runs = d.runs + p_run.item_count, reserved_cost = d.reserved_cost + p_run.worst_cost
    where d.workspace_id = v_workspace.id and d.day = v_today;
  return null;
end;
$$;
revoke execute on function app.reserve from public;
