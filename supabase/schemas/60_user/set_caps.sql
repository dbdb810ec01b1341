-- Called by the doors for people: what a workspace (null: the person's own) may spend in a UTC day and month, within its
-- plan. Null: no cap of its own. Holds for every claim from now on.
-- set:       done.
-- unchanged: they were so already; also what a repetition answers.
-- Refuses: workspace_not_found, role (it takes an owner); SQLSTATE 23514 for a cap below one micro-USD or beyond reason.
create function public.set_caps(p_workspace_id uuid, p_daily bigint, p_monthly bigint, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_workspace app.workspaces;
  v_is_new boolean;
begin
  perform app.require_role(v_workspace_id, '{owner}');
  perform app.check_now(p_now);
  select w.* into v_workspace from app.workspaces w where w.id = v_workspace_id for no key update;
  v_is_new := (v_workspace.daily_cost_cap, v_workspace.monthly_cost_cap) is distinct from (p_daily, p_monthly);
  if v_is_new then
    update app.workspaces w set daily_cost_cap = p_daily, monthly_cost_cap = p_monthly
      where w.id = v_workspace_id returning w.* into v_workspace;
    perform app.write_audit(
      v_workspace_id, (select auth.uid()), 'workspace.caps', v_workspace_id,
      jsonb_build_object('daily_cost_cap', p_daily, 'monthly_cost_cap', p_monthly), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case when v_is_new then 'set' else 'unchanged' end, 'workspace', to_jsonb(v_workspace));
end;
$$;
revoke execute on function public.set_caps from public, anon, authenticated, service_role;
grant execute on function public.set_caps to authenticated;
