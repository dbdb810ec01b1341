-- Called when an account is to be used: {key_id, sealed, version, expires_at}, sealed as ever; empty when it has none.
create function public.read_credentials(p_account_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce((
    select app.credentials_json(c) from app.credentials c where c.account_id = p_account_id), '{}');
end;
$$;
revoke execute on function public.read_credentials from public, anon, authenticated, service_role;
grant execute on function public.read_credentials to service_role;
