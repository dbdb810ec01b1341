-- Moves an account's unknown publications on whose reader has died, lease and all. They are to be looked for again, a little
-- later each time, and after a few times by a person: one on which every reader dies does not keep the others waiting for
-- ever. Called with the account locked.
create function app.release_readers(p_account app.accounts, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_most_readers constant int := 5;
  v_publication app.publications;
  v_readers int;
begin
  for v_publication in
    select p.* from app.publications p
    where p.account_id = p_account.id and p.status = 'unknown' and p.lease_until <= p_now
    order by p.id for no key update
  loop
    v_readers := 1 + (
      select count(*) from jsonb_array_elements(v_publication.reads) as read (it)
      where read.it ->> 'outcome' = 'interrupted');
    perform app.write_settlement(
      v_publication, p_account,
      jsonb_build_object(
        'status', 'unknown', 'reason', v_publication.reason, 'read', jsonb '{"outcome": "interrupted"}',
        'read_at', case when v_readers < v_most_readers then p_now + interval '1 minute' * (v_readers ^ 2) end), p_now);
  end loop;
end;
$$;
revoke execute on function app.release_readers from public;
