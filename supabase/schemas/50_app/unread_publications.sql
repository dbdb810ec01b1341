-- The fourth list of sweep_publications: their accounts are to be read back, and no message stands for then.
create function app.unread_publications(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      app.publication_json(page.p) || jsonb_build_object(
        'cursor', jsonb_build_object('at', (page.p).read_at, 'id', (page.p).id))
      order by (page.p).read_at, (page.p).id), '[]')
    from (
      select p from app.publications p
      join app.workspaces w on w.id = p.workspace_id and w.paused_at is null
      join app.accounts a on a.id = p.account_id and a.status = 'active'
      where p.read_at <= p_now + p_horizon and coalesce(p.lease_until <= p_now, true)
        and (p.armed_for is null or p.armed_for < p.read_at
          or greatest(p.read_at, p.armed_for, p.armed_at, a.throttled_until) < p_now - interval '10 minutes')
        and (p_after is null
          or (p.read_at, p.id) > ((p_after ->> 'at')::timestamptz, (p_after ->> 'id')::uuid))
      order by p.read_at, p.id limit p_limit) page);
end;
$$;
revoke execute on function app.unread_publications from public;
