-- Whether a publication would have gone out by now, had its workspace not been stopped.
create function app.is_held(p_publication app.publications, p_now timestamptz) returns boolean
language sql immutable set search_path = ''
as $$
  select p_publication.status = 'waiting' and p_publication.publish_at <= p_now;
$$;
revoke execute on function app.is_held from public;
