-- Makes a run's reservation what it has cost so far and one more attempt by the schedule as it is now (p_run.worst_cost).
-- Null: done; otherwise the cap that does not allow it, as tripped_cap says it, and nothing has changed but its alert.
create function app.reserve_again(p_schedule app.schedules, p_run app.runs, p_now timestamptz) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_missing bigint := p_run.cost + p_run.worst_cost - p_run.reserved_cost;
  v_workspace app.workspaces;
  v_tripped jsonb;
begin
  if v_missing > 0 then
    select w.* into v_workspace from app.workspaces w where w.id = p_run.workspace_id for no key update;
    v_tripped := app.tripped_cap(v_workspace, p_schedule, p_run.reserved_day, v_missing);
  end if;
  if v_tripped is not null then
    perform app.alert_of_cap(p_schedule, p_run.reserved_day, v_tripped, p_now);
  elsif v_missing <> 0 then
    perform app.raise_reservation(p_run, v_missing);
  end if;
  return v_tripped;
end;
$$;
revoke execute on function app.reserve_again from public;
