-- A content, locked for change by the signed-in person together with its publications, if their role is one of p_roles.
-- Another tenant's content does not exist for them.
create function app.open_content(p_content_id uuid, p_roles app.member_role[]) returns app.contents
language plpgsql set search_path = ''
as $$
declare
  v_workspace_id uuid;
begin
  select c.workspace_id into v_workspace_id from app.contents c
    join app.members m on m.workspace_id = c.workspace_id and m.user_id = (select auth.uid())
    where c.id = p_content_id;
  if v_workspace_id is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content in your workspaces.');
  end if;
  perform app.require_role(v_workspace_id, p_roles);
  return app.lock_content(p_content_id);
end;
$$;
revoke execute on function app.open_content from public;
