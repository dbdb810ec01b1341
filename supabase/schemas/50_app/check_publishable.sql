-- A content, locked, if it may go out: the gates or a person have said yes, and its schedule is not in the bin.
-- Refuses: schedule_deleted, content_status.
create function app.check_publishable(p_content_id uuid) returns app.contents
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
begin
  select c.* into v_content from app.contents c where c.id = p_content_id for no key update;
  if exists (select from app.schedules s where s.id = v_content.schedule_id and s.deleted_at is not null) then
    perform app.refuse(409, 'schedule_deleted', 'Its schedule was deleted; restore it first.');
  elsif v_content.status not in ('draft', 'pending_publish', 'published') then
    perform app.refuse(409, 'content_status', format('This content is %s.', v_content.status),
      jsonb_build_object('status', v_content.status));
  end if;
  return v_content;
end;
$$;
revoke execute on function app.check_publishable from public;
