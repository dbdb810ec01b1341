-- Whether what was claimed is still to be sent as it was. Waits for whoever is changing the content right now, and locks it:
-- a lock that is shared could not become ours when it is to be put back. A thread
-- whose first posts are out is not left half by a pause of its schedule.
create function app.may_send(p_publication app.publications, p_version int, p_now timestamptz) returns boolean
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
  v_moot app.publication_reason;
begin
  select c.* into v_content from app.contents c where c.id = p_publication.content_id for no key update;
  v_moot := app.moot_reason(p_publication);
  return v_content.version = p_version and v_content.status in ('pending_publish', 'published')
    and coalesce(p_publication.late_at > p_now, true)
    and (v_moot is null or (v_moot = 'paused' and p_publication.parts <> '[]'))
    and exists (select from app.accounts a where a.id = p_publication.account_id and a.status = 'active')
    and exists (select from app.workspaces w where w.id = p_publication.workspace_id and w.paused_at is null);
end;
$$;
revoke execute on function app.may_send from public;
