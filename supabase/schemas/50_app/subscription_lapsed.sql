-- Whether a workspace's subscription has ended. Paid is paid: until period_end the status does not matter; without one
-- only `active` and `trialing` count. A workspace to which nobody belongs any more (the account was deleted) has nobody
-- to write for, nor to stop it. Asked by the claims and the sweep.
create function app.subscription_lapsed(p_workspace app.workspaces, p_now timestamptz) returns boolean
language sql stable set search_path = ''
as $$
  select not coalesce(p_workspace.period_end > p_now, p_workspace.subscription_status in ('active', 'trialing'))
    or not exists (select from app.members m where m.workspace_id = p_workspace.id);
$$;
revoke execute on function app.subscription_lapsed from public;
