-- Accounts and their credentials, approval, dead letters with a way back, notices, and the stop of a workspace.

-- schemas/50_app/raise_alert.sql

drop function app.raise_alert;
-- Opens an alert, or counts the open one of the same workspace, kind and subject up; its details are those of the last
-- time. p_workspace_id null: the operator's. p_notify_at: when somebody is to be written to about it; null: nobody. Who has
-- been told of an open alert is not told again, however often it is counted.
create function app.raise_alert(
  p_workspace_id uuid, p_schedule_id uuid, p_kind app.alert_kind, p_subject text, p_details jsonb, p_now timestamptz,
  p_account_id uuid default null, p_content_id uuid default null, p_notify_at timestamptz default null
) returns app.alerts
language plpgsql set search_path = ''
as $$
declare
  v_alert app.alerts;
begin
  insert into app.alerts as a (
    workspace_id, schedule_id, account_id, content_id, kind, subject, details, first_at, last_at, notify_at)
  values (
    p_workspace_id, p_schedule_id, p_account_id, p_content_id, p_kind, p_subject, coalesce(p_details, '{}'), p_now, p_now,
    p_notify_at)
  on conflict (workspace_id, kind, subject) where resolved_at is null
  do update
    set count = a.count + 1, details = excluded.details, last_at = greatest(a.last_at, excluded.last_at),
        -- Told, or given up after many tries: not again.
        notify_at = case when a.notified_at is null and a.notify_attempts = 0
          then least(a.notify_at, excluded.notify_at) else a.notify_at end
  returning a.* into v_alert;
  return v_alert;
end;
$$;
revoke execute on function app.raise_alert from public;

-- schemas/50_app/resolve_alerts.sql

-- What these kinds of alerts said of a subject is dealt with: nobody is told of it any more. How many were open.
create function app.resolve_alerts(
  p_workspace_id uuid, p_kinds app.alert_kind[], p_subject text, p_now timestamptz
) returns int
language plpgsql set search_path = ''
as $$
declare
  v_count int;
begin
  update app.alerts a set resolved_at = p_now, notify_at = null
    where a.workspace_id = p_workspace_id and a.kind = any (p_kinds) and a.subject = p_subject
      and a.resolved_at is null;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
revoke execute on function app.resolve_alerts from public;

-- schemas/60_user/resolve_alert.sql

drop function public.resolve_alert;
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

notify pgrst, 'reload schema';
