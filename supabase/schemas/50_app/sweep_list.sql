-- One list of sweep_publications: what a range of an index holds from (p_at, p_id) on, at most p_most, in its order; and
-- whether each is to be found. It costs what it looks at, however many there are that only a person can move on.
create function app.sweep_list(
  p_list text, p_now timestamptz, p_horizon interval, p_at timestamptz, p_id uuid, p_most int
) returns table (at timestamptz, id uuid, is_found boolean)
language plpgsql stable set search_path = ''
as $$
begin
  if p_list = 'unarmed' then
    return query
      select p.publish_at, p.id, app.is_sendable(p, p_now) and app.ready_at(p) <= p_now + p_horizon
      from app.publications p
      where p.status = 'waiting' and (p.armed_for is null or p.armed_for < greatest(p.publish_at, p.retry_at))
        and p.publish_at <= p_now + p_horizon and (p.publish_at, p.id) > (p_at, p_id)
      order by p.publish_at, p.id limit p_most;
  elsif p_list = 'overdue' then
    return query
      select p.armed_for, p.id,
        p.armed_for >= app.ready_at(p) and app.is_missed(p, p.armed_for, p_now) and app.is_sendable(p, p_now)
      from app.publications p
      where p.status = 'waiting' and p.armed_for < p_now and (p.armed_for, p.id) > (p_at, p_id)
      order by p.armed_for, p.id limit p_most;
  elsif p_list = 'lapsed' then
    return query
      select p.lease_until, p.id, app.is_missed(p, p.lease_until, p_now)
      from app.publications p
      where p.status = 'publishing' and p.lease_until < p_now - interval '1 minute' and (p.lease_until, p.id) > (p_at, p_id)
      order by p.lease_until, p.id limit p_most;
  elsif p_list = 'unread' then
    return query
      select p.read_at, p.id, app.is_missed(p, p.read_at, p_now) and app.is_readable(p, p_now)
      from app.publications p
      where p.read_at <= p_now + p_horizon and (p.read_at, p.id) > (p_at, p_id)
      order by p.read_at, p.id limit p_most;
  else
    return query
      select p.late_at, p.id, app.is_missed(p, p.late_at, p_now) and not app.is_stopped(p.workspace_id)
      from app.publications p
      where p.status = 'waiting' and p.late_at <= p_now and (p.late_at, p.id) > (p_at, p_id)
      order by p.late_at, p.id limit p_most;
  end if;
end;
$$;
revoke execute on function app.sweep_list from public;
