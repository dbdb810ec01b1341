-- The workspace of a content that the signed-in person may read.
-- Refuses: content_not_found.
create function app.content_workspace(p_content_id uuid) returns uuid
language plpgsql stable set search_path = ''
as $$
declare
  v_workspace_id uuid;
begin
  select c.workspace_id into v_workspace_id
    from app.contents c
    join app.members m on m.workspace_id = c.workspace_id and m.user_id = (select auth.uid())
    where c.id = p_content_id;
  if v_workspace_id is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content in your workspaces.');
  end if;
  return v_workspace_id;
end;
$$;
revoke execute on function app.content_workspace from public;
