-- Stores a link to a content as p_content has it, made by a person or (null) by ourselves. An id that is stored already
-- stands for what it was made for.
create function app.make_link(
  p_link_id uuid, p_content app.contents, p_user_id uuid, p_expires_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_link app.approval_links;
begin
  select l.* into v_link from app.approval_links l where l.id = p_link_id;
  if v_link.id is null then
    if p_content.status not in ('needs_review', 'pending_approval') then
      perform app.refuse(409, 'content_status', format('This content is %s.', p_content.status),
        jsonb_build_object('status', p_content.status));
    end if;
    insert into app.approval_links (id, workspace_id, content_id, version, created_by, created_at, expires_at)
      values (
        p_link_id, p_content.workspace_id, p_content.id, p_content.version, p_user_id, p_now,
        least(p_expires_at, p_now + interval '31 days'))
      on conflict (id) do nothing;
    select l.* into v_link from app.approval_links l where l.id = p_link_id;
    if p_user_id is not null then
      perform app.write_audit(p_content.workspace_id, p_user_id, 'content.link', p_content.id,
        jsonb_build_object('link', p_link_id, 'version', p_content.version), p_now);
    end if;
  end if;
  if v_link.content_id <> p_content.id then
    perform app.refuse(409, 'link_taken', 'This id is another link''s.');
  end if;
  return jsonb_build_object('outcome', 'created', 'link', app.link_json(v_link));
end;
$$;
revoke execute on function app.make_link from public;
