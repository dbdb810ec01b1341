-- Somebody's no to a content, locked by lock_content: it is never published, and what waits of it is cancelled. Their note is
-- for the people of the workspace. A repetition changes nothing; what may be out already is refused.
create function app.reject_version(
  p_content app.contents, p_user_id uuid, p_note text, p_detail jsonb, p_now timestamptz
) returns app.contents
language plpgsql set search_path = ''
as $$
begin
  if p_content.status = 'rejected' then
    return p_content;
  end if;
  perform app.check_changeable(p_content);
  p_content := app.decide_content(p_content, 'rejected', p_user_id, p_note, 'content.reject', p_detail, p_now);
  perform app.cancel_each(
    (select array_agg(p.id) from app.publications p where p.content_id = p_content.id), 'rejected', p_now);
  return p_content;
end;
$$;
revoke execute on function app.reject_version from public;
