-- An account that nobody can read back any more: what may be out there is a person's to find out, and they are told so.
-- Called with the account locked.
create function app.stop_reading(p_account app.accounts, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_publication app.publications;
begin
  for v_publication in
    select p.* from app.publications p where p.account_id = p_account.id and p.read_at is not null order by p.id
  loop
    perform app.write_settlement(
      v_publication, p_account, jsonb_build_object('status', 'unknown', 'reason', v_publication.reason), p_now);
  end loop;
end;
$$;
revoke execute on function app.stop_reading from public;
