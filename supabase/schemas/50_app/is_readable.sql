-- Whether the account of a publication whose outcome is unknown can be read back, and nobody is at it.
create function app.is_readable(p_publication app.publications, p_now timestamptz) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return coalesce(p_publication.lease_until <= p_now, true) and not app.is_stopped(p_publication.workspace_id)
    and exists (
      select from app.accounts a
      where a.id = p_publication.account_id and a.status = 'active'
        and (p_publication.armed_for is null or coalesce(a.throttled_until < p_now - interval '10 minutes', true)));
end;
$$;
revoke execute on function app.is_readable from public;
