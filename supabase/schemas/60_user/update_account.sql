-- Called by the doors for people. p_changes holds the changed ones of name, cadence and spacing only.
-- updated:   stored.
-- unchanged: everything is as p_changes wants it; also what a repetition answers.
-- Refuses: account_not_found, role, account_removed; SQLSTATE 22023 for another field, 23514 for a value out of bounds.
create function public.update_account(p_account_id uuid, p_changes jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.accounts := app.open_account(p_account_id, '{owner,editor}');
  v_new app.accounts := jsonb_populate_record(v_old, p_changes);
  v_unknown text;
begin
  perform app.check_now(p_now);
  select key into v_unknown from jsonb_object_keys(p_changes) as key
    where key <> all (array['name', 'cadence', 'spacing']) order by key limit 1;
  if v_unknown is not null then
    raise sqlstate '22023' using message = format('unknown field %s', v_unknown);
  elsif v_old.status = 'removed' then
    perform app.refuse(409, 'account_removed', 'This account was removed.');
  elsif v_new is not distinct from v_old then
    return jsonb_build_object('outcome', 'unchanged', 'account', app.account_json(v_old));
  end if;
  update app.accounts a set name = v_new.name, cadence = v_new.cadence, spacing = v_new.spacing, updated_at = p_now
    where a.id = v_old.id
    returning a.* into v_new;
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'account.update', v_old.id,
    jsonb_build_object('fields', (select jsonb_agg(key order by key) from jsonb_object_keys(p_changes) as key)), p_now);
  return jsonb_build_object('outcome', 'updated', 'account', app.account_json(v_new));
end;
$$;
revoke execute on function public.update_account from public, anon, authenticated, service_role;
grant execute on function public.update_account to authenticated;
