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
