-- Somebody's yes to one version of a content, locked by lock_content: it goes out where it is to go, or is a draft if that
-- is nowhere. Said too late for its time it goes out at once: waiting for a person makes nothing late. A repetition changes
-- nothing; what is decided otherwise is refused.
create function app.approve_version(
  p_content app.contents, p_version int, p_user_id uuid, p_note text, p_detail jsonb, p_now timestamptz
) returns app.contents
language plpgsql set search_path = ''
as $$
begin
  perform app.check_version(p_content, p_version);
  if p_content.status in ('draft', 'pending_publish') then
    return p_content;
  elsif p_content.status not in ('needs_review', 'pending_approval') then
    perform app.refuse(409, 'content_status', format('This content is %s.', p_content.status),
      jsonb_build_object('status', p_content.status));
  end if;
  update app.publications p set late_at = null
    where p.content_id = p_content.id and p.status = 'waiting' and p.publish_at <= p_now;
  return app.decide_content(
    p_content, app.status_when_approved(p_content.id), p_user_id, p_note, 'content.approve', p_detail, p_now);
end;
$$;
revoke execute on function app.approve_version from public;
