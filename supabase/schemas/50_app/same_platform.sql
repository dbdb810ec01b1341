-- The kinds that readers of one platform see side by side; of the others, only their own.
create function app.same_platform(p_kind app.content_type) returns app.content_type[]
language sql immutable set search_path = ''
as $$
  select case when p_kind in ('x_post', 'x_thread') then '{x_post,x_thread}' else array[p_kind] end;
$$;
revoke execute on function app.same_platform from public;
