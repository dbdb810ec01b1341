-- Holds back p_more for a run besides what is held back already; less, if it is negative.
create function app.raise_reservation(p_run app.runs, p_more bigint) returns void
language plpgsql set search_path = ''
as $$
begin
  update app.runs r set reserved_cost = r.reserved_cost + p_more where r.id = p_run.id;
  update app.budget_days d set reserved_cost = d.reserved_cost + p_more
    where d.workspace_id = p_run.workspace_id and d.day = p_run.reserved_day;
end;
$$;
revoke execute on function app.raise_reservation from public;
