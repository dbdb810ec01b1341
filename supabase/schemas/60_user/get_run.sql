-- Called by the doors for people: {run}, with what it wrote as `contents` inside.
-- Refuses: run_not_found.
create function public.get_run(p_run_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_found jsonb;
begin
  select jsonb_build_object('run', app.run_json(r) || jsonb_build_object('contents', app.run_contents(r.id)))
    into v_found
    from app.runs r
    join app.members m on m.workspace_id = r.workspace_id and m.user_id = (select auth.uid())
    where r.id = p_run_id;
  if v_found is null then
    perform app.refuse(404, 'run_not_found', 'There is no such run in your workspaces.');
  end if;
  return v_found;
end;
$$;
revoke execute on function public.get_run from public, anon, authenticated, service_role;
grant execute on function public.get_run to authenticated;
