-- A run as it is wanted now, before anything is reserved or stored: how many contents, how good, how important, and what
-- one attempt may cost. Null: as the schedule says. What it writes goes out, unless the caller says otherwise.
create function app.wanted_run(
  p_schedule app.schedules, p_count int, p_quality text, p_priority int, p_retries int, p_worst_costs jsonb
) returns app.runs
language plpgsql stable set search_path = ''
as $$
declare
  v_run app.runs;
begin
  v_run.workspace_id := p_schedule.workspace_id;
  v_run.schedule_id := p_schedule.id;
  v_run.revision := p_schedule.revision;
  v_run.item_count := coalesce(p_count, app.wanted_count(p_schedule.settings));
  v_run.quality := coalesce(p_quality::app.quality, app.wanted_quality(p_schedule.settings));
  v_run.priority := coalesce(p_priority, p_schedule.priority);
  v_run.retries := p_retries;
  v_run.publishes := true;
  if v_run.item_count not between 1 and 20 then
    raise sqlstate '22023' using message = 'a run writes 1 to 20 contents';
  end if;
  v_run.worst_cost := app.worst_cost(p_worst_costs, p_schedule, v_run);
  return v_run;
end;
$$;
revoke execute on function app.wanted_run from public;
