-- Puts sealed credentials in the place of an account's: p_credentials = {key_id, sealed, expires_at}; null: the account
-- needs none. The same once more changes nothing. Called with the account locked.
create function app.keep_credentials(p_account app.accounts, p_credentials jsonb, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
  if jsonb_typeof(p_credentials) is distinct from 'object' then
    delete from app.credentials c where c.account_id = p_account.id;
    return;
  end if;
  insert into app.credentials as c (account_id, workspace_id, key_id, sealed, expires_at, updated_at)
    values (
      p_account.id, p_account.workspace_id, p_credentials ->> 'key_id', p_credentials ->> 'sealed',
      (p_credentials ->> 'expires_at')::timestamptz, p_now)
    on conflict (account_id)
    do update
      set key_id = excluded.key_id, sealed = excluded.sealed, expires_at = excluded.expires_at, updated_at = p_now,
          version = c.version + 1
      where c.sealed <> excluded.sealed;
end;
$$;
revoke execute on function app.keep_credentials from public;
