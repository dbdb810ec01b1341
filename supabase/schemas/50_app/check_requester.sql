-- Refuses whoever may not have this schedule run: p_user_id must be an owner or editor of p_workspace_id, and the schedule
-- that workspace's.
create function app.check_requester(p_schedule app.schedules, p_workspace_id uuid, p_user_id uuid) returns void
language plpgsql stable set search_path = ''
as $$
begin
  if p_schedule.workspace_id is distinct from p_workspace_id then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule in this workspace.');
  elsif not exists (
    select from app.members m
    where m.workspace_id = p_workspace_id and m.user_id = p_user_id and m.role in ('owner', 'editor')
  ) then
    perform app.refuse(403, 'role', 'Running a schedule takes owner or editor.');
  end if;
end;
$$;
revoke execute on function app.check_requester from public;
