-- When a publication can go on by itself; its account, an approval or the stop of its workspace may still be in the way.
-- Null: a person decides, or it has ended.
create function app.ready_at(p_publication app.publications) returns timestamptz
language sql immutable set search_path = ''
as $$
  select case p_publication.status
    when 'waiting' then greatest(p_publication.publish_at, p_publication.retry_at)
    when 'publishing' then p_publication.lease_until
    when 'unknown' then p_publication.read_at end;
$$;
revoke execute on function app.ready_at from public;
