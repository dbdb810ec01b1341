-- Why a publication that waits is not wanted any more; null: it is. A person's own wish outlives a pause of its schedule,
-- not its deletion.
create function app.moot_reason(p_publication app.publications) returns app.publication_reason
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select case
      when a.status = 'removed' then 'removed'
      when c.status = 'rejected' then 'rejected'
      when c.status = 'expired' then 'expired'
      when s.deleted_at is not null then 'deleted'
      -- Finished is not paused: what its last occurrence wrote still goes out.
      when p_publication.requested_by is null and not s.is_active and s.finished_at is null then 'paused'
    end::app.publication_reason
    from app.accounts a, app.contents c, app.schedules s
    where a.id = p_publication.account_id and c.id = p_publication.content_id and s.id = p_publication.schedule_id);
end;
$$;
revoke execute on function app.moot_reason from public;
