-- A person's decision about a content: it becomes p_status if it is one of p_from; if it is p_status already, nothing
-- changes. Anything else cannot be decided any more.
create function app.decide_content(
  p_content_id uuid, p_from app.content_status[], p_status app.content_status, p_action text, p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents := app.open_content(p_content_id, '{owner,editor}');
begin
  perform app.check_now(p_now);
  if v_content.status = any (p_from) then
    update app.contents c set status = p_status where c.id = v_content.id returning c.* into v_content;
    perform app.write_audit(v_content.workspace_id, (select auth.uid()), p_action, v_content.id, '{}', p_now);
  elsif v_content.status <> p_status then
    perform app.refuse(409, 'content_status', format('This content is %s.', v_content.status),
      jsonb_build_object('status', v_content.status));
  end if;
  return app.content_json(v_content);
end;
$$;
revoke execute on function app.decide_content from public;
