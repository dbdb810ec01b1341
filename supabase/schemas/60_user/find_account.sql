-- Called by the doors for people before they connect an account, as credentials are sealed for one account's id:
-- {account_id} of the one that this workspace (null: the person's own) has at the platform already, null if none.
-- Refuses: workspace_not_found.
create function public.find_account(p_workspace_id uuid, p_platform text, p_external_id text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
begin
  return jsonb_build_object('account_id', (
    select a.id from app.accounts a
    where a.workspace_id = v_workspace_id and a.platform = p_platform::app.platform
      and a.external_id = p_external_id and a.status <> 'removed'));
end;
$$;
revoke execute on function public.find_account from public, anon, authenticated, service_role;
grant execute on function public.find_account to authenticated;
