-- Called by the doors for people: this version of a content (null: whatever it is now) may go out, or go on as a draft,
-- whatever the gates said. p_note is for the people of the workspace, and never published.
-- approved: done; also what a repetition answers. With its `publications`: those that wait can be armed.
-- Refuses: content_not_found, role, content_version (it was edited since), content_status (it is out, rejected or expired).
create function public.approve_content(p_content_id uuid, p_version int, p_note text, p_now timestamptz)
returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_content app.contents := app.open_content(p_content_id, '{owner,editor}');
begin
  perform app.check_now(p_now);
  v_content := app.approve_version(v_content, p_version, (select auth.uid()), p_note, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'approved', 'content', app.content_json(v_content),
    'publications', app.content_publications(p_content_id));
end;
$$;
revoke execute on function public.approve_content from public, anon, authenticated, service_role;
grant execute on function public.approve_content to authenticated;
