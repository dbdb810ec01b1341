-- Called by the doors for people: where a workspace (null: the person's own) publishes to, the oldest first, without those
-- that were removed. What proves us to a platform is never among it.
-- Refuses: workspace_not_found.
create function public.list_accounts(p_workspace_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
begin
  return jsonb_build_object('accounts', (
    select coalesce(jsonb_agg(app.account_json(a) order by a.created_at, a.id), '[]')
    from app.accounts a where a.workspace_id = v_workspace_id and a.status <> 'removed'));
end;
$$;
revoke execute on function public.list_accounts from public, anon, authenticated, service_role;
grant execute on function public.list_accounts to authenticated;
