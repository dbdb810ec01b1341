-- Those publications of a run that want a message and have none: they wait for their time, and nobody's yes is missing, or
-- will be by then.
create function app.unarmed_publications(p_run_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(app.publication_json(p) order by p.publish_at, p.id), '[]')
    from app.contents c join app.publications p on p.content_id = c.id
    where c.run_id = p_run_id and app.is_approved(c, 'infinity')
      and p.status = 'waiting' and p.armed_for is distinct from app.ready_at(p));
end;
$$;
revoke execute on function app.unarmed_publications from public;
