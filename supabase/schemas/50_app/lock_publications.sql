-- Locks several publications for one transaction: all their accounts, then themselves, then their contents, each in order of
-- id, so that whoever else locks some of them never waits in a circle.
create function app.lock_publications(p_ids uuid[]) returns void
language plpgsql set search_path = ''
as $$
begin
  perform from app.accounts a
    where a.id in (select p.account_id from app.publications p where p.id = any (p_ids))
    order by a.id for no key update;
  perform from app.publications p where p.id = any (p_ids) order by p.id for no key update;
  perform from app.contents c
    where c.id in (select p.content_id from app.publications p where p.id = any (p_ids))
    order by c.id for no key update;
end;
$$;
revoke execute on function app.lock_publications from public;
