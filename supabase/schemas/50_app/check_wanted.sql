-- Refuses to publish what cannot go out: its account cannot be used, its schedule is in the bin, or nobody has said yes to
-- its content. Locks the content.
-- Refuses: account_status, schedule_deleted, content_status.
create function app.check_wanted(p_publication app.publications) returns void
language plpgsql set search_path = ''
as $$
declare
  v_account app.accounts;
begin
  select a.* into v_account from app.accounts a where a.id = p_publication.account_id;
  if v_account.status <> 'active' then
    perform app.refuse(409, 'account_status', format('The account %s is %s.', v_account.name, v_account.status),
      jsonb_build_object('status', v_account.status, 'account_id', v_account.id));
  end if;
  perform app.check_publishable(p_publication.content_id);
end;
$$;
revoke execute on function app.check_wanted from public;
