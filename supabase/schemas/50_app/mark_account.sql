-- Whether an account can be published to, as its platform says it: p_reason is its own words. Its owner is told once when
-- it cannot, and no more once it can again. One that was removed stays so. Called with the account locked.
create function app.mark_account(
  p_account app.accounts, p_status app.account_status, p_reason text, p_now timestamptz
) returns app.accounts
language plpgsql set search_path = ''
as $$
begin
  if p_account.status = 'removed' then
    return p_account;
  end if;
  if p_account.status <> p_status then
    update app.accounts a
      set status = p_status, status_reason = case when p_status <> 'active' then left(p_reason, 500) end,
          updated_at = p_now
      where a.id = p_account.id
      returning a.* into p_account;
  end if;
  if p_status = 'active' then
    perform app.resolve_alerts(p_account.workspace_id, '{account_lost}', p_account.id::text, p_now);
  else
    perform app.raise_alert(
      p_account.workspace_id, null, 'account_lost', p_account.id::text,
      jsonb_build_object('status', p_account.status, 'message', p_account.status_reason), p_now,
      p_account_id => p_account.id, p_notify_at => p_now);
  end if;
  return p_account;
end;
$$;
revoke execute on function app.mark_account from public;
