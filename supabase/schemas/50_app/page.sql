-- A page of a list: the first p_limit of p_found, which holds one more if there are others.
create function app.page(p_name text, p_found jsonb, p_limit int) returns jsonb
language sql immutable set search_path = ''
as $$
  select jsonb_build_object(
    p_name, case when jsonb_array_length(p_found) > p_limit then p_found - p_limit else p_found end,
    'more', jsonb_array_length(p_found) > p_limit);
$$;
revoke execute on function app.page from public;
