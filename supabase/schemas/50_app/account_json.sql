-- An account as every caller sees it: all columns, durations as numbers of seconds. Its credentials are elsewhere.
create function app.account_json(p_account app.accounts) returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(p_account) || jsonb_build_object('spacing', trim_scale(extract(epoch from p_account.spacing)))
    where p_account.id is not null;
$$;
revoke execute on function app.account_json from public;
