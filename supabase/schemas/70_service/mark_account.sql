-- Called when a platform has said whether an account works, outside a publication. p_status is a word of app.account_status,
-- p_version that of the credentials that were tried (null: none were); those that were connected since are not judged by it.
-- marked: stored, and its owner will be told, or need not any more; also what a repetition answers.
-- stale:  other credentials are there by now, or the account was removed. Nothing is written.
-- Both with the account as it is now. Refuses: account_not_found.
create function public.mark_account(
  p_account_id uuid, p_version int, p_status text, p_reason text, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_account app.accounts;
  v_is_stale boolean;
begin
  select a.* into v_account from app.accounts a where a.id = p_account_id for no key update;
  if v_account.id is null then
    perform app.refuse(404, 'account_not_found', 'There is no such account.');
  end if;
  v_is_stale := v_account.status = 'removed' or (
    select c.version from app.credentials c where c.account_id = p_account_id) is distinct from p_version;
  if not v_is_stale then
    v_account := app.mark_account(v_account, p_status::app.account_status, p_reason, p_now);
  end if;
  return jsonb_build_object(
    'outcome', case when v_is_stale then 'stale' else 'marked' end, 'account', app.account_json(v_account));
end;
$$;
revoke execute on function public.mark_account from public, anon, authenticated, service_role;
grant execute on function public.mark_account to service_role;
