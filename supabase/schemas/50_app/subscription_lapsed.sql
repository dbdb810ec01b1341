-- Whether a workspace's subscription has ended. Paid is paid: until period_end the status does not matter; without one
-- only `active` and `trialing` count. Asked by the claims and the sweep.
create function app.subscription_lapsed(p_workspace app.workspaces, p_now timestamptz) returns boolean
language sql immutable set search_path = ''
as $$
  select not coalesce(p_workspace.period_end > p_now, p_workspace.subscription_status in ('active', 'trialing'));
$$;
revoke execute on function app.subscription_lapsed from public;
