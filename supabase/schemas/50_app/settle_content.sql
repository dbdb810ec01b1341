-- Brings a content's status after what became of its publications: it is out as soon as one of them is; a draft again when
-- none is on its way any more; or it has expired, if nobody's yes came in time. Called after the last publication of the call was locked.
create function app.settle_content(p_content_id uuid, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
  v_is_live boolean;
  v_is_out boolean;
  v_has_expired boolean;
  v_status app.content_status;
begin
  select c.* into v_content from app.contents c where c.id = p_content_id for no key update;
  select
      coalesce(bool_or(p.status in ('waiting', 'publishing', 'unknown', 'handed_off')), false),
      coalesce(bool_or(p.status = 'published'), false), coalesce(bool_or(p.reason = 'expired'), false)
    into v_is_live, v_is_out, v_has_expired
    from app.publications p where p.content_id = p_content_id;
  v_status := case
    when v_is_out then 'published'
    when v_is_live then v_content.status
    when v_content.status = 'pending_approval' and v_has_expired then 'expired'
    when v_content.status in ('pending_approval', 'pending_publish') then 'draft'
    else v_content.status end;
  if v_status <> v_content.status then
    update app.contents c
      set status = v_status, approve_by = null, on_deadline = null,
          decided_at = case when v_status = 'expired' then p_now else c.decided_at end
      where c.id = p_content_id;
    perform app.resolve_alerts(v_content.workspace_id, '{approval_wanted}', p_content_id::text, p_now);
  end if;
end;
$$;
revoke execute on function app.settle_content from public;
