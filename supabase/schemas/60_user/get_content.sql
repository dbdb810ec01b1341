-- Called by the doors for people: {content, publications, role}, role being the person's own.
-- Refuses: content_not_found.
create function public.get_content(p_content_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.content_workspace(p_content_id);
begin
  return (
    select jsonb_build_object(
      'content', app.content_json(c), 'publications', app.content_publications(c.id),
      'role', app.require_role(v_workspace_id, enum_range(null::app.member_role)))
    from app.contents c where c.id = p_content_id);
end;
$$;
revoke execute on function public.get_content from public, anon, authenticated, service_role;
grant execute on function public.get_content to authenticated;
