-- Whether no message stands for a publication at this instant, or the one that did should have come ten minutes ago; one that
-- was sent since may still be on its way.
create function app.is_missed(p_publication app.publications, p_at timestamptz, p_now timestamptz) returns boolean
language sql immutable set search_path = ''
as $$
  select p_publication.armed_for is null or p_publication.armed_for < p_at
    or greatest(p_publication.armed_for, p_publication.armed_at) < p_now - interval '10 minutes';
$$;
revoke execute on function app.is_missed from public;
