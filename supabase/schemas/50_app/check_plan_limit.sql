-- Refuses when the plan has no room for another schedule. Locks the workspace, so that two at once cannot both have the
-- last place.
create function app.check_plan_limit(p_workspace_id uuid) returns void
language plpgsql set search_path = ''
as $$
declare
  v_plan app.plans;
  v_count int;
begin
  perform from app.workspaces w where w.id = p_workspace_id for no key update;
  select p.* into v_plan from app.workspaces w join app.plans p on p.plan = w.plan where w.id = p_workspace_id;
  select count(*) into v_count from app.schedules s where s.workspace_id = p_workspace_id and s.deleted_at is null;
  if v_count >= v_plan.max_schedules then
    perform app.refuse(403, 'plan_limit',
      format('The plan %s allows %s schedules.', v_plan.plan, v_plan.max_schedules),
      jsonb_build_object('plan', v_plan.plan, 'limit', v_plan.max_schedules, 'used', v_count));
  end if;
end;
$$;
revoke execute on function app.check_plan_limit from public;
