-- Whether a publication may be out without our knowing: nobody knows what became of its call, or a person has said that
-- nobody is to look any further.
create function app.may_be_out(p_publication app.publications) returns boolean
language sql immutable set search_path = ''
as $$
  select p_publication.status = 'unknown'
    or coalesce(p_publication.status = 'cancelled' and p_publication.reads -> -1 ->> 'outcome' = 'voided', false);
$$;
revoke execute on function app.may_be_out from public;
