-- The earliest of an account's publications that may be sent now: its time has come and not passed, somebody or the gates
-- have said yes, and it is still wanted. Whether the account takes anything now is not asked.
create function app.next_publication(p_account_id uuid, p_now timestamptz) returns uuid
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select p.id
    from app.publications p
    join app.contents c on c.id = p.content_id and app.is_approved(c, p_now)
    where p.account_id = p_account_id and p.status = 'waiting'
      and p.publish_at <= p_now and coalesce(p.retry_at, p_now) <= p_now and coalesce(p.late_at > p_now, true)
      and app.moot_reason(p) is null
    order by p.publish_at, p.id limit 1);
end;
$$;
revoke execute on function app.next_publication from public;
