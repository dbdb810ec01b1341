-- A person's own workspace, which has the person's id. Two at once make one.
create function app.make_personal_workspace(p_user_id uuid, p_now timestamptz) returns uuid
language plpgsql set search_path = ''
as $$
begin
  if not exists (select from app.workspaces w where w.id = p_user_id) then
    insert into app.workspaces (id, name, created_at) values (p_user_id, 'Personal', p_now)
      on conflict (id) do nothing;
    insert into app.members (workspace_id, user_id, role, created_at) values (p_user_id, p_user_id, 'owner', p_now)
      on conflict (workspace_id, user_id) do nothing;
  end if;
  return p_user_id;
end;
$$;
revoke execute on function app.make_personal_workspace from public;
