-- A run as every caller sees it: all columns.
create function app.run_json(p_run app.runs) returns jsonb
language sql stable set search_path = ''
as $$
  select case when p_run.id is not null then to_jsonb(p_run) end;
$$;
revoke execute on function app.run_json from public;
