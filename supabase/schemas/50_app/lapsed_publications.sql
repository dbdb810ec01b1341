-- The third list of sweep_publications: whoever held them is gone.
create function app.lapsed_publications(p_now timestamptz, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      app.publication_json(page.p) || jsonb_build_object(
        'cursor', jsonb_build_object('at', (page.p).lease_until, 'id', (page.p).id))
      order by (page.p).lease_until, (page.p).id), '[]')
    from (
      select p from app.publications p
      where p.status = 'publishing' and p.lease_until < p_now - interval '1 minute'
        and (p.armed_for is null or p.armed_for < p.lease_until or p.armed_at < p_now - interval '10 minutes')
        and (p_after is null
          or (p.lease_until, p.id) > ((p_after ->> 'at')::timestamptz, (p_after ->> 'id')::uuid))
      order by p.lease_until, p.id limit p_limit) page);
end;
$$;
revoke execute on function app.lapsed_publications from public;
