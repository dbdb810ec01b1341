-- What a content becomes when its text was edited: p_passed says whether the gates let the new one through. A yes, that of a
-- schedule's owner who wants to be asked or one that was given, was about another text.
create function app.status_when_edited(p_content app.contents, p_passed boolean) returns app.content_status
language plpgsql stable set search_path = ''
as $$
begin
  if p_passed is not true or p_content.status = 'needs_review' then
    return 'needs_review';
  elsif p_content.status = 'pending_publish' and (
    p_content.decided_at is not null
    or exists (
      select from app.schedules s
      where s.id = p_content.schedule_id and coalesce(s.settings -> 'approval' ->> 'mode', 'auto') <> 'auto')
  ) then
    return 'pending_approval';
  end if;
  return p_content.status;
end;
$$;
revoke execute on function app.status_when_edited from public;
