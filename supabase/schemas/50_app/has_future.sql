-- Whether a schedule may wait for p_next_run_at, or has come to its end.
create function app.has_future(p_schedule app.schedules, p_next_run_at timestamptz) returns boolean
language sql immutable set search_path = ''
as $$
  select p_next_run_at is not null
    and (p_schedule.max_runs is null or p_schedule.run_count < p_schedule.max_runs)
    and (p_schedule.ends_at is null or p_next_run_at <= p_schedule.ends_at);
$$;
revoke execute on function app.has_future from public;
