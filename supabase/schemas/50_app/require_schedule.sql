-- The workspace of a schedule that the signed-in person may read; if p_workspace_id is given, only of that workspace.
create function app.require_schedule(p_schedule_id uuid, p_workspace_id uuid default null) returns uuid
language plpgsql stable set search_path = ''
as $$
declare
  v_workspace_id uuid;
begin
  select s.workspace_id into v_workspace_id
    from app.schedules s
    join app.members m on m.workspace_id = s.workspace_id and m.user_id = (select auth.uid())
    where s.id = p_schedule_id and s.workspace_id = coalesce(p_workspace_id, s.workspace_id);
  if v_workspace_id is null then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule in your workspaces.');
  end if;
  return v_workspace_id;
end;
$$;
revoke execute on function app.require_schedule from public;
