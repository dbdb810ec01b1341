-- Refuses a content that is decided for good, or that may be out already.
-- Refuses: content_status.
create function app.check_changeable(p_content app.contents) returns void
language plpgsql stable set search_path = ''
as $$
declare
  v_is_under_way boolean := app.is_under_way(p_content.id);
begin
  if p_content.status not in ('needs_review', 'draft', 'pending_approval', 'pending_publish') or v_is_under_way then
    perform app.refuse(409, 'content_status',
      case when v_is_under_way then 'This content is being published, or some of it is out already.'
        else format('This content is %s.', p_content.status) end,
      jsonb_build_object('status', p_content.status, 'is_under_way', v_is_under_way));
  end if;
end;
$$;
revoke execute on function app.check_changeable from public;
