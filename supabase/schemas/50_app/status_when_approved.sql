-- What a content becomes when nothing is in its way any more: on its way if it has publications that are, else a draft.
create function app.status_when_approved(p_content_id uuid) returns app.content_status
language sql stable set search_path = ''
as $$
  select case when exists (
    select from app.publications p where p.content_id = p_content_id and p.status not in ('cancelled', 'failed')
  ) then 'pending_publish' else 'draft' end::app.content_status;
$$;
revoke execute on function app.status_when_approved from public;
