-- A content whose publications are locked first, in order of id, as everybody does who decides about it: a claim that has
-- locked one of them reads the content after that, so that it never sends what was edited, or taken back, meanwhile.
-- Null if there is none.
create function app.lock_content(p_content_id uuid) returns app.contents
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
begin
  perform app.gather_publications(p_content_id);
  perform from app.publications p where p.content_id = p_content_id order by p.id for no key update;
  select c.* into v_content from app.contents c where c.id = p_content_id for no key update;
  return v_content;
end;
$$;
revoke execute on function app.lock_content from public;
