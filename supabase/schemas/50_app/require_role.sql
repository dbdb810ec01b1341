-- The signed-in person's role in a workspace, if it is one of p_roles. A workspace they are no member of does not exist
-- for them.
create function app.require_role(p_workspace_id uuid, p_roles app.member_role[]) returns app.member_role
language plpgsql stable set search_path = ''
as $$
declare
  v_role app.member_role;
begin
  select m.role into v_role from app.members m
    where m.workspace_id = p_workspace_id and m.user_id = (select auth.uid());
  if v_role is null then
    perform app.refuse(404, 'workspace_not_found', 'There is no such workspace for you.');
  elsif v_role <> all (p_roles) then
    perform app.refuse(403, 'role', format('Your role is %s; this takes %s.', v_role, array_to_string(p_roles, ' or ')));
  end if;
  return v_role;
end;
$$;
revoke execute on function app.require_role from public;
