-- Whether somebody, or the gates alone where nobody is asked, have said yes to what a publication would send.
create function app.is_approved(p_publication app.publications) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return exists (
    select from app.contents c where c.id = p_publication.content_id and c.status in ('pending_publish', 'published'));
end;
$$;
revoke execute on function app.is_approved from public;
