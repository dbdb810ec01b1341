-- The workspace of a publication that the signed-in person may read.
-- Refuses: publication_not_found.
create function app.publication_workspace(p_publication_id uuid) returns uuid
language plpgsql stable set search_path = ''
as $$
declare
  v_workspace_id uuid;
begin
  select p.workspace_id into v_workspace_id
    from app.publications p
    join app.members m on m.workspace_id = p.workspace_id and m.user_id = (select auth.uid())
    where p.id = p_publication_id;
  if v_workspace_id is null then
    perform app.refuse(404, 'publication_not_found', 'There is no such publication in your workspaces.');
  end if;
  return v_workspace_id;
end;
$$;
revoke execute on function app.publication_workspace from public;
