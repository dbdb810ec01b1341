-- What becomes of a publication whose time has passed while it waited, as write_settlement takes it: nobody had said yes,
-- the account could not be used, or nobody came.
create function app.late_settlement(p_publication app.publications, p_account app.accounts) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_is_approved boolean := (
    select app.is_approved(c, 'infinity') from app.contents c where c.id = p_publication.content_id);
begin
  return case
    when not v_is_approved then jsonb '{"status": "cancelled", "reason": "expired"}'
    when p_account.status <> 'active' then jsonb '{"status": "failed", "reason": "account", "cause": "account"}'
    else jsonb '{"status": "failed", "reason": "late", "cause": "attempts"}' end;
end;
$$;
revoke execute on function app.late_settlement from public;
