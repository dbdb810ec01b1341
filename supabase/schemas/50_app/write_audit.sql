-- Notes one change by a person.
create function app.write_audit(
  p_workspace_id uuid, p_user_id uuid, p_action text, p_target uuid, p_detail jsonb, p_now timestamptz
) returns void
language sql set search_path = ''
as $$
  insert into app.audit_log (workspace_id, user_id, action, target, detail, at)
    values (p_workspace_id, p_user_id, p_action, p_target, p_detail, p_now);
$$;
revoke execute on function app.write_audit from public;
