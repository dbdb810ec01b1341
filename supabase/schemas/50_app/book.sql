-- Adds calls of models to a run, whatever has become of it (p_measured as app.measure takes it; p_run is locked and as it
-- is stored). A run that has ended takes their cost into the same day. What costs more than was held back for a run that
-- goes on is held back at once.
create function app.book(p_run app.runs, p_measured jsonb, p_now timestamptz) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_run app.runs := app.measure(p_run, p_measured, p_now);
begin
  if v_run.finished_at is not null then
    -- One that had cost nothing and wrote nothing gave its places back: it takes them again.
    update app.budget_days d
      set spent_cost = d.spent_cost + v_run.cost - p_run.cost,
          runs = d.runs + case
            when p_run.cost = 0 and v_run.cost > 0 and v_run.status <> 'succeeded' then v_run.item_count else 0 end
      where d.workspace_id = v_run.workspace_id and d.day = v_run.reserved_day;
  elsif v_run.cost > v_run.reserved_cost then
    perform app.raise_reservation(v_run, v_run.cost - v_run.reserved_cost);
    v_run.reserved_cost := v_run.cost;
  end if;
  return v_run;
end;
$$;
revoke execute on function app.book from public;
