-- Settles the deadline of what a publication would send, if it has come: the publication's own message does so, however long
-- the sweep takes. Called by claims with the account locked, before any content is; the publication is locked here.
create function app.settle_deadline_of(p_publication_id uuid, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_content_id uuid := (
    select c.id from app.publications p join app.contents c on c.id = p.content_id
    where p.id = p_publication_id and p.status = 'waiting' and c.status = 'pending_approval' and c.approve_by <= p_now);
begin
  if v_content_id is not null then
    perform from app.publications p where p.id = p_publication_id for no key update;
    perform app.settle_deadline(v_content_id, p_now);
  end if;
end;
$$;
revoke execute on function app.settle_deadline_of from public;
