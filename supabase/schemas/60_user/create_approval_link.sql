-- Called by the doors for people: a link by which somebody without a login may decide about a content as it is now, once.
-- The application signs it; p_link_id is its id.
-- created: {link: {id, content_id, version, created_at, expires_at}}; a repetition answers with the same one.
-- Refuses: content_not_found, role, content_status (there is nothing to decide).
create function public.create_approval_link(
  p_link_id uuid, p_content_id uuid, p_expires_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_content app.contents := app.open_content(p_content_id, '{owner,editor}');
begin
  perform app.check_now(p_now);
  return app.make_link(p_link_id, v_content, (select auth.uid()), p_expires_at, p_now);
end;
$$;
revoke execute on function public.create_approval_link from public, anon, authenticated, service_role;
grant execute on function public.create_approval_link to authenticated;
