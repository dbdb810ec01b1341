-- How many contents a schedule's settings want of each run. Settings may be written past our doors: whatever no reader
-- would take counts as one.
create function app.wanted_count(p_settings jsonb) returns smallint
language sql immutable set search_path = ''
as $$
  select case
    when jsonb_typeof(p_settings -> 'count') = 'number' and p_settings ->> 'count' ~ '^([1-9]|1[0-9]|20)$'
    then (p_settings ->> 'count')::smallint else 1::smallint end;
$$;
revoke execute on function app.wanted_count from public;
