-- An account, locked for change by the signed-in person, if their role is one of p_roles. Another tenant's account does not
-- exist for them; one that was removed does.
--
-- Everybody who writes about publishing locks in this order: workspace, account, publication, content.
create function app.open_account(p_account_id uuid, p_roles app.member_role[]) returns app.accounts
language plpgsql set search_path = ''
as $$
declare
  v_account app.accounts;
begin
  select a.* into v_account from app.accounts a
    join app.members m on m.workspace_id = a.workspace_id and m.user_id = (select auth.uid())
    where a.id = p_account_id
    for no key update of a;
  if v_account.id is null then
    perform app.refuse(404, 'account_not_found', 'There is no such account in your workspaces.');
  end if;
  perform app.require_role(v_account.workspace_id, p_roles);
  return v_account;
end;
$$;
revoke execute on function app.open_account from public;
