-- Locks accounts that a person wants to publish to, if each is the workspace's and can be used.
-- Refuses: no_targets, account_not_found, account_status.
create function app.check_targets(p_workspace_id uuid, p_account_ids uuid[]) returns void
language plpgsql set search_path = ''
as $$
declare
  v_account app.accounts;
begin
  if coalesce(cardinality(p_account_ids), 0) = 0 then
    perform app.refuse(409, 'no_targets', 'There is no account to publish to: name one, or give the schedule targets.');
  end if;
  perform from app.accounts a
    where a.id = any (p_account_ids) and a.workspace_id = p_workspace_id order by a.id for no key update;
  for v_account in
    select a.* from unnest(p_account_ids) as wanted (id)
      left join app.accounts a on a.id = wanted.id and a.workspace_id = p_workspace_id
  loop
    if v_account.id is null or v_account.status = 'removed' then
      perform app.refuse(404, 'account_not_found', 'There is no such account in this workspace.');
    elsif v_account.status <> 'active' then
      perform app.refuse(409, 'account_status', format('The account %s is %s.', v_account.name, v_account.status),
        jsonb_build_object('status', v_account.status, 'account_id', v_account.id));
    end if;
  end loop;
end;
$$;
revoke execute on function app.check_targets from public;
