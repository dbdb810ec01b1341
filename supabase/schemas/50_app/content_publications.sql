-- All publications of a content, in the order in which they are wanted.
create function app.content_publications(p_content_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(app.publication_json(p) order by p.publish_at, p.id), '[]')
    from app.publications p where p.content_id = p_content_id);
end;
$$;
revoke execute on function app.content_publications from public;
