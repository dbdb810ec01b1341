-- Lets a publication wait again that had ended, or whose outcome is unknown: from now on, or for its time if that is ahead,
-- with as many attempts as a new one. Parts that are out stay out. p_user_id: whose wish it is, which is never too late;
-- null: it is driven again by itself. Called with the publication locked behind its account; its content is locked here.
-- Refuses: account_status, schedule_deleted, content_status.
create function app.revive_publication(p_publication app.publications, p_user_id uuid, p_now timestamptz)
returns app.publications
language plpgsql set search_path = ''
as $$
begin
  perform app.check_wanted(p_publication);
  update app.publications p
    set status = 'waiting', reason = null, finished_at = null, retry_at = null, attempt = 0,
        requested_by = coalesce(p_user_id, p.requested_by), late_at = case when p_user_id is null then p.late_at end,
        publish_at = greatest(p.publish_at, p_now), lease_until = null, claim_id = null, attempted_at = null,
        sent_fence = null, read_at = null, reads = '[]', armed_for = null, armed_at = null, armed_message_id = null
    where p.id = p_publication.id
    returning p.* into p_publication;
  update app.contents c set status = 'pending_publish' where c.id = p_publication.content_id and c.status = 'draft';
  -- Whom its failure was told need not hear of it again, should it fail again by itself.
  if p_user_id is not null then
    perform app.resolve_alerts(
      p_publication.workspace_id, '{publication_failed,publication_unknown,handed_off}', p_publication.id::text, p_now);
  end if;
  return p_publication;
end;
$$;
revoke execute on function app.revive_publication from public;
