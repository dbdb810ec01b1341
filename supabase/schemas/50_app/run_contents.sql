-- What a run wrote, in order.
create function app.run_contents(p_run_id uuid) returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(app.content_json(c) order by c.item), '[]') from app.contents c where c.run_id = p_run_id;
$$;
revoke execute on function app.run_contents from public;
