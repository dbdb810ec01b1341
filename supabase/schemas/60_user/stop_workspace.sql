-- Called by the doors for people: nothing of a workspace (null: the person's own) is begun any more, neither written nor
-- published; what is under way is finished. Holds for every claim from now on.
-- stopped:   done.
-- unchanged: it was stopped already.
-- Refuses: workspace_not_found, role.
create function public.stop_workspace(p_workspace_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_workspace app.workspaces;
  v_is_new boolean;
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  select w.* into v_workspace from app.workspaces w where w.id = v_workspace_id for no key update;
  v_is_new := v_workspace.paused_at is null;
  if v_is_new then
    update app.workspaces w set paused_at = p_now where w.id = v_workspace_id returning w.* into v_workspace;
    perform app.write_audit(v_workspace_id, (select auth.uid()), 'workspace.stop', v_workspace_id, '{}', p_now);
  end if;
  return jsonb_build_object(
    'outcome', case when v_is_new then 'stopped' else 'unchanged' end, 'workspace', to_jsonb(v_workspace));
end;
$$;
revoke execute on function public.stop_workspace from public, anon, authenticated, service_role;
grant execute on function public.stop_workspace to authenticated;
