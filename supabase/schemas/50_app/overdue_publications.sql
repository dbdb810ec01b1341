-- The second list of sweep_publications: their message should have come, and nothing of their account is in its way.
create function app.overdue_publications(p_now timestamptz, p_after jsonb, p_limit int) returns jsonb
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
      where p.status = 'waiting' and p.publish_at < p_now - interval '10 minutes'
        and greatest(
          p.publish_at, p.retry_at, p.armed_at, a.throttled_until, a.last_published_at + a.spacing, p.armed_for)
          < p_now - interval '10 minutes'
        and p.armed_for >= greatest(p.publish_at, p.retry_at)
        and coalesce(p.late_at > p_now, true) and app.may_move(a, c)
        and (p_after is null
          or (p.publish_at, p.id) > ((p_after ->> 'at')::timestamptz, (p_after ->> 'id')::uuid))
      order by p.publish_at, p.id limit p_limit) page);
end;
$$;
revoke execute on function app.overdue_publications from public;
