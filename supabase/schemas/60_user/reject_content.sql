-- Called by the doors for people: a content that is not out is never posted. p_note is for the people of the workspace, and
-- never published.
-- rejected: done; also what a repetition answers. With its `publications`, cancelled.
-- Refuses: content_not_found, role, content_status (it may be out already, or it has expired).
create function public.reject_content(p_content_id uuid, p_note text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_content app.contents := app.open_content(p_content_id, '{owner,editor}');
begin
  perform app.check_now(p_now);
  v_content := app.reject_version(v_content, (select auth.uid()), p_note, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'rejected', 'content', app.content_json(v_content),
    'publications', app.content_publications(p_content_id));
end;
$$;
revoke execute on function public.reject_content from public, anon, authenticated, service_role;
grant execute on function public.reject_content to authenticated;
