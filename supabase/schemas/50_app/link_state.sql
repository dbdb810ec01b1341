-- Whether a link can still be used, and if not, why:
-- open:    it decides.
-- used:    it has decided.
-- expired: its time is over.
-- void:    the content was edited since, and is another one now.
-- decided: somebody else has decided, or nobody has in time.
create function app.link_state(p_link app.approval_links, p_content app.contents, p_now timestamptz) returns text
language sql immutable set search_path = ''
as $$
  select case
    when p_link.used_at is not null then 'used'
    when p_now >= p_link.expires_at then 'expired'
    when p_content.version <> p_link.version then 'void'
    when p_content.status not in ('needs_review', 'pending_approval') then 'decided'
    when p_content.status = 'pending_approval' and p_content.approve_by <= p_now then 'decided'
    else 'open' end;
$$;
revoke execute on function app.link_state from public;
