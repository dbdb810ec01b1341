-- Called by a billing system with the secret key, and by `make subscription`. p_period_end null: no end while active.
-- A person who never used the product yet gets their workspace here.
-- Answers {workspace}. Refuses: workspace_not_found; SQLSTATE 22023 for an unknown plan.
create function public.set_subscription(
  p_workspace_id uuid, p_plan text, p_status text, p_period_end timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace app.workspaces;
begin
  if not exists (select from app.plans p where p.plan = p_plan) then
    raise sqlstate '22023' using message = format('there is no plan %s', p_plan);
  elsif exists (select from auth.users u where u.id = p_workspace_id) then
    perform app.make_personal_workspace(p_workspace_id, p_now);
  end if;
  update app.workspaces w
    set plan = p_plan, subscription_status = p_status::app.subscription_status, period_end = p_period_end
    where w.id = p_workspace_id
    returning w.* into v_workspace;
  if v_workspace.id is null then
    perform app.refuse(404, 'workspace_not_found', 'There is no such workspace.');
  end if;
  return jsonb_build_object('workspace', to_jsonb(v_workspace));
end;
$$;
revoke execute on function public.set_subscription from public, anon, authenticated, service_role;
grant execute on function public.set_subscription to service_role;
