-- A content as every caller sees it: all columns but what only later contents are compared with.
create function app.content_json(p_content app.contents) returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(p_content) - 'memory';
$$;
revoke execute on function app.content_json from public;
