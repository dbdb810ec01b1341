-- Whether a claim can, now or at its time, do anything about a publication that waits: send it, as far as its account and
-- its content go, or end it. Not while its workspace is stopped, a person has yet to say yes or to connect the account
-- again, or the account takes nothing for a while.
create function app.is_sendable(p_publication app.publications, p_now timestamptz) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select w.paused_at is null and (
      a.status = 'removed' or c.status in ('rejected', 'expired')
      or (a.status = 'active' and (
        c.status in ('pending_publish', 'published')
        or (c.status = 'pending_approval' and coalesce(c.on_deadline = 'publish', false)))))
      and coalesce(p_publication.armed_for is null
        or greatest(a.throttled_until, a.last_published_at + a.spacing) < p_now - interval '10 minutes', true)
    from app.workspaces w, app.accounts a, app.contents c
    where w.id = p_publication.workspace_id and a.id = p_publication.account_id and c.id = p_publication.content_id);
end;
$$;
revoke execute on function app.is_sendable from public;
