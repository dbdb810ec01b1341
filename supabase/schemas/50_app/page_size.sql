-- How many rows of a list are given at once: what was asked for, within 1 to 200; 50 if nothing was.
create function app.page_size(p_limit int) returns int
language sql immutable set search_path = ''
as $$
  select least(greatest(coalesce(p_limit, 50), 1), 200);
$$;
revoke execute on function app.page_size from public;
