-- Whether a claim can do anything about a publication that waits: send it, as far as its account and its content go, or
-- end it. Neither, while a person has yet to say yes or to connect the account again.
create function app.may_move(p_account app.account_status, p_content app.content_status) returns boolean
language sql immutable set search_path = ''
as $$
  select p_account = 'removed' or p_content in ('rejected', 'expired')
    or (p_account = 'active' and p_content in ('pending_publish', 'published'));
$$;
revoke execute on function app.may_move from public;
