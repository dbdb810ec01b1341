-- The first list of sweep_publications: they wait, and no message stands for when they are ready.
create function app.unarmed_in_time(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      app.publication_json(page.p) || jsonb_build_object(
        'cursor', jsonb_build_object('at', (page.p).publish_at, 'id', (page.p).id))
      order by (page.p).publish_at, (page.p).id), '[]')
    from (
      select p from app.publications p
      join app.workspaces w on w.id = p.workspace_id and w.paused_at is null
      join app.accounts a on a.id = p.account_id
      join app.contents c on c.id = p.content_id
      where p.status = 'waiting' and (p.armed_for is null or p.armed_for < greatest(p.publish_at, p.retry_at))
        and p.publish_at <= p_now + p_horizon and app.ready_at(p) <= p_now + p_horizon
        and coalesce(p.late_at > p_now, true)
        and app.may_move(a, c)
        and (p_after is null
          or (p.publish_at, p.id) > ((p_after ->> 'at')::timestamptz, (p_after ->> 'id')::uuid))
      order by p.publish_at, p.id limit p_limit) page);
end;
$$;
revoke execute on function app.unarmed_in_time from public;
