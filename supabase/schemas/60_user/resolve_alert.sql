-- Called by the doors for people: the matter is dealt with. Should it come up again, there is a new alert, unless the same
-- period's cap trips on.
-- resolved: done; also what a repetition answers.
-- Refuses: alert_not_found, role.
create function public.resolve_alert(p_alert_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_alert app.alerts;
begin
  select a.* into v_alert from app.alerts a
    join app.members m on m.workspace_id = a.workspace_id and m.user_id = (select auth.uid())
    where a.id = p_alert_id
    for no key update of a;
  if v_alert.id is null then
    perform app.refuse(404, 'alert_not_found', 'There is no such alert in your workspaces.');
  end if;
  perform app.require_role(v_alert.workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  if v_alert.resolved_at is null then
    update app.alerts a set resolved_at = p_now, notify_at = null where a.id = v_alert.id returning a.* into v_alert;
    perform app.write_audit(v_alert.workspace_id, (select auth.uid()), 'alert.resolve', v_alert.id, '{}', p_now);
  end if;
  return jsonb_build_object('outcome', 'resolved', 'alert', to_jsonb(v_alert));
end;
$$;
revoke execute on function public.resolve_alert from public, anon, authenticated, service_role;
grant execute on function public.resolve_alert to authenticated;
