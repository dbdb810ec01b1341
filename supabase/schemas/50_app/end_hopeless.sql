-- Ends those of an account's publications that wait in vain: their time has passed; and the named one if nobody wants it
-- any more, or nobody has said yes in time. A bounded number at a time; the sweep comes again. The contents of those that ended. Called with the account
-- locked, after the last publication that the caller locks.
create function app.end_hopeless(p_account app.accounts, p_publication_id uuid, p_now timestamptz) returns uuid[]
language plpgsql set search_path = ''
as $$
declare
  v_most constant int := 100;
  v_found app.publications[];
  v_publication app.publications;
begin
  -- Whoever holds one of them is ending it too.
  select coalesce(array_agg(hopeless.p), '{}') into v_found
    from (
      select p from app.publications p
      where p.status = 'waiting' and p.id in (
        (select late.id from app.publications late
          where late.account_id = p_account.id and late.status = 'waiting' and late.late_at <= p_now
          order by late.late_at limit v_most)
        union all
        select named.id from app.publications named
          where named.id = p_publication_id
            and (app.moot_reason(named) is not null or app.has_expired(named.content_id, p_now)))
      order by p.id
      for no key update skip locked) hopeless;
  foreach v_publication in array v_found loop
    perform app.write_settlement(
      v_publication, p_account,
      -- One that is not wanted any more is cancelled for that when it is to wait again.
      case when app.moot_reason(v_publication) is null then app.late_settlement(v_publication, p_account)
        else '{"status": "waiting"}' end, p_now);
  end loop;
  return (select array_agg(ended.content_id) from unnest(v_found) as ended);
end;
$$;
revoke execute on function app.end_hopeless from public;
