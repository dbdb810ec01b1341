-- Whether a content may go out by p_at: somebody, or the gates alone where nobody is asked, have said yes; or nobody will
-- have objected in time, and its schedule takes that for a yes.
create function app.is_approved(p_content app.contents, p_at timestamptz) returns boolean
language sql immutable set search_path = ''
as $$
  select p_content.status in ('pending_publish', 'published')
    or coalesce(
      p_content.status = 'pending_approval' and p_content.on_deadline = 'publish' and p_content.approve_by <= p_at, false);
$$;
revoke execute on function app.is_approved from public;
