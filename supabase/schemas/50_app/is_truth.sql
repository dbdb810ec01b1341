-- Whether what somebody tells of a publication that is not theirs any more is kept all the same: it is the outcome of the
-- very call that nobody knew the outcome of; or it is out, which is true whoever says so.
create function app.is_truth(p_publication app.publications, p_fence bigint, p_settlement jsonb) returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(
    (p_publication.status = 'unknown' and p_publication.sent_fence = p_fence and p_settlement ->> 'status' <> 'unknown')
      or (p_publication.status <> 'published' and p_fence <= p_publication.fence
        and p_settlement ->> 'status' = 'published'), false);
$$;
revoke execute on function app.is_truth from public;
