-- Called by the doors for people, also before each change: one schedule, in the bin or not, and the person's role.
-- Refuses: schedule_not_found.
create function public.get_schedule(p_schedule_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_found jsonb;
begin
  select jsonb_build_object('schedule', app.schedule_json(s), 'role', m.role) into v_found
    from app.schedules s
    join app.members m on m.workspace_id = s.workspace_id and m.user_id = (select auth.uid())
    where s.id = p_schedule_id;
  if v_found is null then
    perform app.refuse(404, 'schedule_not_found', 'There is no such schedule in your workspaces.');
  end if;
  return v_found;
end;
$$;
revoke execute on function public.get_schedule from public, anon, authenticated, service_role;
grant execute on function public.get_schedule to authenticated;
