-- What becomes of a publication that waits in vain, as write_settlement takes it, which knows why one is not wanted.
create function app.hopeless_settlement(
  p_publication app.publications, p_account app.accounts, p_now timestamptz
) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return case
    when coalesce(p_publication.late_at > p_now, true) or app.moot_reason(p_publication) is not null
      then jsonb '{"status": "waiting"}'
    when not app.is_approved(p_publication) then jsonb '{"status": "cancelled", "reason": "expired"}'
    when p_account.status <> 'active' then jsonb '{"status": "failed", "reason": "account", "cause": "account"}'
    else jsonb '{"status": "failed", "reason": "late", "cause": "attempts"}' end;
end;
$$;
revoke execute on function app.hopeless_settlement from public;
