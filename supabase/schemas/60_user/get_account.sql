-- Called by the doors for people: one account, also one that was removed, and the person's role.
-- Refuses: account_not_found.
create function public.get_account(p_account_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_found jsonb;
begin
  select jsonb_build_object('account', app.account_json(a), 'role', m.role) into v_found
    from app.accounts a
    join app.members m on m.workspace_id = a.workspace_id and m.user_id = (select auth.uid())
    where a.id = p_account_id;
  if v_found is null then
    perform app.refuse(404, 'account_not_found', 'There is no such account in your workspaces.');
  end if;
  return v_found;
end;
$$;
revoke execute on function public.get_account from public, anon, authenticated, service_role;
grant execute on function public.get_account to authenticated;
