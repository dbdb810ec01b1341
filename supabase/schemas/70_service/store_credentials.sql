-- Called with what a platform has given in the place of what was about to expire. A compare-and-set on the version that was
-- used for that: of two who renew the same tokens the second learns the first's.
-- stored: done; also what a repetition answers.
-- stale:  others are there, or none are (the account was removed). Nothing is written.
-- Both with the `credentials` as they are now, null if there are none.
create function public.store_credentials(
  p_account_id uuid, p_version int, p_key_id text, p_sealed text, p_expires_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_stored app.credentials;
begin
  perform from app.accounts a where a.id = p_account_id for no key update;
  update app.credentials c
    set key_id = p_key_id, sealed = p_sealed, expires_at = p_expires_at, version = c.version + 1, updated_at = p_now
    where c.account_id = p_account_id and c.version = p_version;
  select c.* into v_stored from app.credentials c where c.account_id = p_account_id;
  return jsonb_build_object(
    'outcome', case when v_stored.sealed = p_sealed then 'stored' else 'stale' end,
    'credentials', app.credentials_json(v_stored));
end;
$$;
revoke execute on function public.store_credentials from public, anon, authenticated, service_role;
grant execute on function public.store_credentials to service_role;
