-- Called by the page behind a link: {state, as app.link_state says it; decision, if it has decided; expires_at; approve_by,
-- on_deadline and content only while it is open: kind, title, body, segments}. Nothing else of the workspace, and reading
-- decides nothing: mail programs open links by themselves.
-- Refuses: link_not_found.
create function public.read_approval_link(p_link_id uuid, p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_link app.approval_links := app.find_link(p_link_id);
  v_content app.contents;
  v_state text;
begin
  select c.* into v_content from app.contents c where c.id = v_link.content_id;
  v_state := app.link_state(v_link, v_content, p_now);
  return jsonb_build_object(
    'state', v_state, 'decision', v_link.decision, 'expires_at', v_link.expires_at,
    'content', case when v_state = 'open' then jsonb_build_object(
      'id', v_content.id, 'version', v_content.version, 'kind', v_content.kind, 'title', v_content.title,
      'body', v_content.body, 'segments', v_content.segments, 'created_at', v_content.created_at,
      'approve_by', v_content.approve_by, 'on_deadline', v_content.on_deadline,
      'language', (
        select s.settings ->> 'language' from app.schedules s where s.id = v_content.schedule_id)) end);
end;
$$;
revoke execute on function public.read_approval_link from public, anon, authenticated, service_role;
grant execute on function public.read_approval_link to service_role;
