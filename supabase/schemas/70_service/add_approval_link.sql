-- Called by who writes to a schedule's reviewers: a link to one version of a content. It may have been edited or decided
-- since; then the link says so when it is opened.
-- created: {link}; a repetition answers with the same one.
-- Refuses: content_not_found.
create function public.add_approval_link(
  p_link_id uuid, p_content_id uuid, p_version int, p_expires_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_content app.contents;
begin
  select c.* into v_content from app.contents c where c.id = p_content_id;
  if v_content.id is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content.');
  end if;
  v_content.version := p_version;
  v_content.status := 'pending_approval';
  return app.make_link(p_link_id, v_content, null, p_expires_at, p_now);
end;
$$;
revoke execute on function public.add_approval_link from public, anon, authenticated, service_role;
grant execute on function public.add_approval_link to service_role;
