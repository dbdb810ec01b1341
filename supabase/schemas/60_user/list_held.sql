-- Called by the doors for people before a stopped workspace (null: the person's own) goes on: {workspace, schedules whose
-- occurrence is due, runs that nobody is at work on, publications that are due; the last two in numbers}. Nothing is held
-- where nothing is stopped.
-- Refuses: workspace_not_found.
create function public.list_held(p_workspace_id uuid, p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
  v_workspace app.workspaces;
begin
  select w.* into v_workspace from app.workspaces w where w.id = v_workspace_id;
  if v_workspace.id is null then
    perform app.refuse(404, 'workspace_not_found', 'There is no such workspace for you.');
  end if;
  return jsonb_build_object(
    'workspace', to_jsonb(v_workspace),
    'schedules', (
      select coalesce(jsonb_agg(app.schedule_json(s) order by s.next_run_at, s.id), '[]') from app.schedules s
      where v_workspace.paused_at is not null and s.workspace_id = v_workspace_id and s.next_run_at <= p_now),
    'runs', (
      select count(*) from app.runs r
      where v_workspace.paused_at is not null and r.workspace_id = v_workspace_id and app.is_idle(r, p_now)),
    'publications', (
      select count(*) from app.publications p
      where v_workspace.paused_at is not null and p.workspace_id = v_workspace_id and app.is_held(p, p_now)));
end;
$$;
revoke execute on function public.list_held from public, anon, authenticated, service_role;
grant execute on function public.list_held to authenticated;
