-- Sealed credentials as those who may open them get them, with the settings of the account that they were given for: they
-- say where they may be shown. Null when there are none.
create function app.credentials_json(p_credentials app.credentials) returns jsonb
language sql stable set search_path = ''
as $$
  select case when p_credentials.account_id is not null then jsonb_build_object(
    'key_id', p_credentials.key_id, 'sealed', p_credentials.sealed, 'version', p_credentials.version,
    'expires_at', p_credentials.expires_at,
    'settings', (select a.settings from app.accounts a where a.id = p_credentials.account_id)) end;
$$;
revoke execute on function app.credentials_json from public;
