-- The day whose quota and budget an instant belongs to.
create function app.utc_day(p_now timestamptz) returns date
language sql immutable set search_path = ''
as $$
  select (p_now at time zone 'UTC')::date;
$$;
revoke execute on function app.utc_day from public;
