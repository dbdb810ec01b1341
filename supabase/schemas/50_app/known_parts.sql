-- A publication's parts with those that p_parts tells, [{external_id, url}] from the first on. A part that was written down
-- once is never lost again.
create function app.known_parts(p_publication app.publications, p_parts jsonb, p_now timestamptz) returns jsonb
language sql immutable set search_path = ''
as $$
  select p_publication.parts || coalesce((
    select jsonb_agg(
      jsonb_build_object('external_id', told.it -> 'external_id', 'url', told.it -> 'url', 'at', p_now) order by told.place)
    from jsonb_array_elements(case when jsonb_typeof(p_parts) = 'array' then p_parts else '[]' end)
      with ordinality as told (it, place)
    where told.place > jsonb_array_length(p_publication.parts)), '[]');
$$;
revoke execute on function app.known_parts from public;
