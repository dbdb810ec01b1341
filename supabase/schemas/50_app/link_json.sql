-- A link as its makers see it.
create function app.link_json(p_link app.approval_links) returns jsonb
language sql immutable set search_path = ''
as $$
  select to_jsonb(p_link);
$$;
revoke execute on function app.link_json from public;
