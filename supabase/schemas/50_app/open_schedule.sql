-- A schedule, locked for change by the signed-in person, if their role is one of p_roles. Another tenant's schedule does
-- not exist for them; one in the bin only if p_deleted says so.
--
-- Everybody who writes locks in this order: schedule, run, workspace, budget day.
create function app.open_schedule(p_schedule_id uuid, p_roles app.member_role[], p_deleted boolean default false)
returns app.schedules
language plpgsql set search_path = ''
as $$
declare
  v_schedule app.schedules;
begin
  select s.* into v_schedule from app.schedules s
    join app.members m on m.workspace_id = s.workspace_id and m.user_id = (select auth.uid())
    where s.id = p_schedule_id and (p_deleted or s.deleted_at is null)
    for no key update of s;
  if v_schedule.id is null then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule in your workspaces.');
  end if;
  perform app.require_role(v_schedule.workspace_id, p_roles);
  return v_schedule;
end;
$$;
revoke execute on function app.open_schedule from public;
