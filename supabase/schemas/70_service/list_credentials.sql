-- Called when the key to seal with has changed: what is not sealed under p_key_id yet, by account. p_after is the account_id
-- of the last one seen. `more`: there are others after these.
create function public.list_credentials(p_key_id text, p_after uuid, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_found jsonb;
begin
  select coalesce(jsonb_agg(
      app.credentials_json(page.c) || jsonb_build_object('account_id', (page.c).account_id)
      order by (page.c).account_id), '[]') into v_found
    from (
      select c from app.credentials c
      where c.key_id <> p_key_id and (p_after is null or c.account_id > p_after)
      order by c.account_id limit v_limit + 1) page;
  return app.page('credentials', v_found, v_limit);
end;
$$;
revoke execute on function public.list_credentials from public, anon, authenticated, service_role;
grant execute on function public.list_credentials to service_role;
