-- app.write_settlement for a publication that is locked behind its account; its content follows.
create function app.settle_attempt(p_publication app.publications, p_settlement jsonb, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_account app.accounts;
begin
  select a.* into v_account from app.accounts a where a.id = p_publication.account_id;
  perform app.write_settlement(p_publication, v_account, p_settlement, p_now);
  perform app.settle_content(p_publication.content_id, p_now);
end;
$$;
revoke execute on function app.settle_attempt from public;
