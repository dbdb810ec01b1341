-- Writes down what was decided about a content, by whom (null: a link or the deadline) and with which note, and that nobody
-- needs to be asked any more. Called with the content locked.
create function app.decide_content(
  p_content app.contents, p_status app.content_status, p_user_id uuid, p_note text, p_action text, p_detail jsonb,
  p_now timestamptz
) returns app.contents
language plpgsql set search_path = ''
as $$
begin
  update app.contents c
    set status = p_status, decided_at = p_now, decided_by = p_user_id, decision_note = nullif(left(p_note, 2000), '')
    where c.id = p_content.id
    returning c.* into p_content;
  perform app.resolve_alerts(p_content.workspace_id, '{approval_wanted}', p_content.id::text, p_now);
  perform app.write_audit(
    p_content.workspace_id, p_user_id, p_action, p_content.id,
    jsonb_build_object('version', p_content.version) || p_detail, p_now);
  return p_content;
end;
$$;
revoke execute on function app.decide_content from public;
