-- A publication, locked behind its account as everybody does who writes about one. Null for an unknown id.
create function app.lock_publication(p_publication_id uuid) returns app.publications
language plpgsql set search_path = ''
as $$
declare
  v_publication app.publications;
begin
  perform from app.accounts a
    join app.publications p on p.account_id = a.id where p.id = p_publication_id for no key update of a;
  select p.* into v_publication from app.publications p where p.id = p_publication_id for no key update;
  return v_publication;
end;
$$;
revoke execute on function app.lock_publication from public;
