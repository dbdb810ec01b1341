-- Whether a claim can, now or at its time, do anything about a publication that waits: send it, as far as its account and
-- its content go, or end it. Neither, while a person has yet to say yes or to connect the account again.
create function app.may_move(p_account app.accounts, p_content app.contents) returns boolean
language sql immutable set search_path = ''
as $$
  select p_account.status = 'removed' or p_content.status in ('rejected', 'expired')
    or (p_account.status = 'active' and app.is_approved(p_content, 'infinity'));
$$;
revoke execute on function app.may_move from public;
