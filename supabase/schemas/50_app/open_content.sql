-- A content, locked for change by the signed-in person, if their role is one of p_roles. Another tenant's content does not
-- exist for them.
create function app.open_content(p_content_id uuid, p_roles app.member_role[]) returns app.contents
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
begin
  select c.* into v_content from app.contents c
    join app.members m on m.workspace_id = c.workspace_id and m.user_id = (select auth.uid())
    where c.id = p_content_id
    for no key update of c;
  if v_content.id is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content in your workspaces.');
  end if;
  perform app.require_role(v_content.workspace_id, p_roles);
  return v_content;
end;
$$;
revoke execute on function app.open_content from public;
