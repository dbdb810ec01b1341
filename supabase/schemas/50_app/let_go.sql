-- Lets publications that were held go out: at once, or p_spread apart at each account, and never closer than the account's
-- own spacing. The stop has made none of them late: each has as long from its turn on as it had from its time on. They are
-- locked, with their accounts; their messages were answered `held`.
create function app.let_go(p_ids uuid[], p_spread interval, p_now timestamptz) returns void
language sql set search_path = ''
as $$
  update app.publications p
    set publish_at = case when p_spread is null then p.publish_at else turn.at end,
        late_at = case when p.late_at is not null
          then greatest(p.late_at, turn.at + greatest(p.late_at - p.publish_at, interval '15 minutes')) end,
        armed_for = null, armed_at = null, armed_message_id = null
    from (
      select held.id,
        p_now + greatest(a.spacing, p_spread)
          * (row_number() over (partition by held.account_id order by held.publish_at, held.id) - 1) as at
      from app.publications held join app.accounts a on a.id = held.account_id
      where held.id = any (p_ids)) turn
    where p.id = turn.id;
$$;
revoke execute on function app.let_go from public;
