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
