-- Asks the owner, and whom the schedule names, for a yes to this version of a content; they are written to at p_notify_at.
-- Who was asked about an earlier version is asked anew.
create function app.want_approval(p_content app.contents, p_notify_at timestamptz, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
  perform app.resolve_alerts(p_content.workspace_id, '{approval_wanted}', p_content.id::text, p_now);
  perform app.raise_alert(
    p_content.workspace_id, p_content.schedule_id, 'approval_wanted', p_content.id::text,
    jsonb_build_object('version', p_content.version, 'status', p_content.status), p_now,
    p_content_id => p_content.id, p_notify_at => p_notify_at);
end;
$$;
revoke execute on function app.want_approval from public;
