-- What was written in a workspace on a kind's platform and is not among p_known = {since, ids}: the contents that whoever
-- writes has been told of, of those from `since` on. [{id, created_at, memory}], newest first.
create function app.newer_contents(p_workspace_id uuid, p_kind app.content_type, p_known jsonb) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(
      jsonb_agg(jsonb_build_object('id', c.id, 'created_at', c.created_at, 'memory', c.memory)
        order by c.created_at desc, c.id desc), '[]')
    from app.contents c
    where c.workspace_id = p_workspace_id and c.kind = any (app.same_platform(p_kind)) and c.memory is not null
      and c.created_at >= (p_known ->> 'since')::timestamptz
      and c.id not in (select known.id::uuid from jsonb_array_elements_text(p_known -> 'ids') as known (id)));
end;
$$;
revoke execute on function app.newer_contents from public;
