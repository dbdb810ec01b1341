-- Called with the same secrets sealed under another key. A compare-and-set on the version and the key they were sealed under.
-- The version stays: who renews tokens meanwhile must still be able to store what a platform gives only once.
-- resealed: done; also what a repetition answers.
-- stale:    they have changed meanwhile, or are gone. Nothing is written.
create function public.reseal_credentials(
  p_account_id uuid, p_version int, p_old_key_id text, p_key_id text, p_sealed text, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
begin
  update app.credentials c set key_id = p_key_id, sealed = p_sealed, updated_at = p_now
    where c.account_id = p_account_id and c.version = p_version and c.key_id = p_old_key_id;
  return jsonb_build_object('outcome', case when exists (
    select from app.credentials c where c.account_id = p_account_id and c.sealed = p_sealed
  ) then 'resealed' else 'stale' end);
end;
$$;
revoke execute on function public.reseal_credentials from public, anon, authenticated, service_role;
grant execute on function public.reseal_credentials to service_role;
