-- Where the next page of a list of sweep_work begins: at its last item; null when the list was not full.
create function app.sweep_cursor(p_items jsonb, p_limit int) returns jsonb
language sql immutable set search_path = ''
as $$
  select case when jsonb_array_length(p_items) = p_limit then p_items -> -1 -> 'cursor' end;
$$;
revoke execute on function app.sweep_cursor from public;
