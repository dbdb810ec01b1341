-- Called by the doors for people: nothing is published there any more. Its credentials are deleted, what waits for it is
-- cancelled; what may be out already a person has to look after.
-- removed: done; also what a repetition answers.
-- Refuses: account_not_found, role.
create function public.remove_account(p_account_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_account app.accounts := app.open_account(p_account_id, '{owner,editor}');
  v_cancelled int;
begin
  perform app.check_now(p_now);
  if v_account.status <> 'removed' then
    delete from app.credentials c where c.account_id = v_account.id;
    update app.accounts a
      set status = 'removed', status_reason = null, removed_at = p_now, updated_at = p_now
      where a.id = v_account.id
      returning a.* into v_account;
    perform app.stop_reading(v_account, p_now);
    v_cancelled := app.cancel_each((
      select array_agg(p.id) from app.publications p
      where p.account_id = v_account.id and p.status in ('waiting', 'handed_off')), 'removed', p_now);
    perform app.resolve_alerts(v_account.workspace_id, '{account_lost}', v_account.id::text, p_now);
    perform app.write_audit(v_account.workspace_id, (select auth.uid()), 'account.remove', v_account.id,
      jsonb_build_object('cancelled', v_cancelled), p_now);
  end if;
  return jsonb_build_object('outcome', 'removed', 'account', app.account_json(v_account));
end;
$$;
revoke execute on function public.remove_account from public, anon, authenticated, service_role;
grant execute on function public.remove_account to authenticated;
