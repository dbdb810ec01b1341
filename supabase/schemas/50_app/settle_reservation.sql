-- Turns a run's reservation into what it has measurably cost. p_gives_back: it also returns its places in the day's
-- quota.
create function app.settle_reservation(p_run app.runs, p_gives_back boolean) returns void
language sql set search_path = ''
as $$
  update app.budget_days d
    set reserved_cost = d.reserved_cost - p_run.reserved_cost,
        spent_cost = d.spent_cost + p_run.cost,
        runs = d.runs - case when p_gives_back then p_run.item_count else 0 end
    where d.workspace_id = p_run.workspace_id and d.day = p_run.reserved_day;
$$;
revoke execute on function app.settle_reservation from public;
