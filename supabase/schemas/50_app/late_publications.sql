-- The fifth list of sweep_publications: their time has passed while they waited.
create function app.late_publications(p_now timestamptz, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      app.publication_json(page.p) || jsonb_build_object(
        'cursor', jsonb_build_object('at', (page.p).late_at, 'id', (page.p).id))
      order by (page.p).late_at, (page.p).id), '[]')
    from (
      select p from app.publications p
      join app.workspaces w on w.id = p.workspace_id and w.paused_at is null
      where p.status = 'waiting' and p.late_at <= p_now
        and (p.armed_for is null or p.armed_for < p.late_at or p.armed_at < p_now - interval '10 minutes')
        and (p_after is null
          or (p.late_at, p.id) > ((p_after ->> 'at')::timestamptz, (p_after ->> 'id')::uuid))
      order by p.late_at, p.id limit p_limit) page);
end;
$$;
revoke execute on function app.late_publications from public;
