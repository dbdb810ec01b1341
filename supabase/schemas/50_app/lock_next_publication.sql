-- app.next_publication, locked; another one if it was cancelled meanwhile. Null: nothing of the account is ready.
create function app.lock_next_publication(p_account_id uuid, p_now timestamptz) returns app.publications
language plpgsql set search_path = ''
as $$
declare
  v_id uuid;
  v_publication app.publications;
begin
  loop
    v_id := app.next_publication(p_account_id, p_now);
    select p.* into v_publication from app.publications p
      where p.id = v_id and p.status = 'waiting' for no key update;
    exit when v_id is null or v_publication.id is not null;
  end loop;
  return v_publication;
end;
$$;
revoke execute on function app.lock_next_publication from public;
