-- Whether somebody is at work on a content's publications, or one of them may be out already: then it is not changed any
-- more.
create function app.is_under_way(p_content_id uuid) returns boolean
language sql stable set search_path = ''
as $$
  select exists (
    select from app.publications p
    where p.content_id = p_content_id
      and (p.status in ('publishing', 'unknown', 'published') or p.parts <> '[]'));
$$;
revoke execute on function app.is_under_way from public;
