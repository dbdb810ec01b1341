-- The quality that a schedule's settings want; whatever no reader would take counts as standard.
create function app.wanted_quality(p_settings jsonb) returns app.quality
language sql immutable set search_path = ''
as $$
  select case when p_settings -> 'quality' = '"premium"' then 'premium' else 'standard' end::app.quality;
$$;
revoke execute on function app.wanted_quality from public;
