-- The workspace whose lists the signed-in person asks for: the named one if they are a member of it, else their own
-- (whose lists are empty before it is first needed).
create function app.readable_workspace(p_workspace_id uuid) returns uuid
language plpgsql stable set search_path = ''
as $$
begin
  if p_workspace_id is null then
    return (select auth.uid());
  end if;
  perform app.require_role(p_workspace_id, enum_range(null::app.member_role));
  return p_workspace_id;
end;
$$;
revoke execute on function app.readable_workspace from public;
