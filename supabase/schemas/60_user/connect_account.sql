-- Called by the doors for people, after the platform has said whose account it is. p_workspace_id null: the person's own.
-- p_credentials = {key_id, sealed, expires_at}, sealed for p_account_id; null where a person posts.
--
-- connected:   stored as p_account_id; also what a repetition answers while nobody has changed it.
-- reconnected: p_account_id was connected before: its credentials are replaced, and it can be published to again. Its name,
--              cadence and spacing stay as its owner has set them.
-- exists:      the workspace has this very account under another id, which is answered. Nothing is written.
-- Refuses: workspace_not_found, role, account_mismatch (the id is another account's), account_removed, account_limit.
create function public.connect_account(
  p_account_id uuid, p_workspace_id uuid, p_platform text, p_name text, p_external_id text, p_settings jsonb,
  p_credentials jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_most constant int := 200;
  v_account app.accounts;
  v_outcome text := 'connected';
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  -- Of two that connect the same account at once, the second finds what the first has stored.
  perform from app.workspaces w where w.id = v_workspace_id for no key update;
  select a.* into v_account from app.accounts a
    where a.workspace_id = v_workspace_id and a.platform = p_platform::app.platform
      and a.external_id = p_external_id and a.status <> 'removed'
    for no key update;
  if v_account.id is null then
    select a.* into v_account from app.accounts a where a.id = p_account_id;
    if v_account.status = 'removed' and v_account.workspace_id = v_workspace_id then
      perform app.refuse(409, 'account_removed', 'This account was removed; connect it as a new one.');
    elsif v_account.id is not null then
      perform app.refuse(409, 'account_mismatch', 'This id is another account''s.');
    elsif v_most <= (
      select count(*) from app.accounts a where a.workspace_id = v_workspace_id and a.status <> 'removed')
    then
      perform app.refuse(403, 'account_limit', format('A workspace has at most %s accounts.', v_most),
        jsonb_build_object('limit', v_most));
    end if;
    insert into app.accounts (
      id, workspace_id, platform, name, external_id, settings, created_by, created_at, updated_at)
    values (
      p_account_id, v_workspace_id, p_platform::app.platform, p_name, p_external_id, coalesce(p_settings, '{}'),
      (select auth.uid()), p_now, p_now)
    returning * into v_account;
  elsif v_account.id <> p_account_id then
    return jsonb_build_object('outcome', 'exists', 'account', app.account_json(v_account));
  elsif v_account.created_at <> p_now then
    v_outcome := 'reconnected';
    v_account := app.mark_account(v_account, 'active', null, p_now);
    update app.accounts a
      set settings = coalesce(p_settings, '{}'), updated_at = p_now
      where a.id = v_account.id
      returning a.* into v_account;
  end if;
  perform app.keep_credentials(v_account, p_credentials, p_now);
  if not exists (
    select from app.audit_log l
    where l.workspace_id = v_workspace_id and l.at = p_now and l.target = v_account.id and l.action = 'account.connect'
  ) then
    perform app.write_audit(v_workspace_id, (select auth.uid()), 'account.connect', v_account.id, '{}', p_now);
  end if;
  return jsonb_build_object('outcome', v_outcome, 'account', app.account_json(v_account));
end;
$$;
revoke execute on function public.connect_account from public, anon, authenticated, service_role;
grant execute on function public.connect_account to authenticated;
