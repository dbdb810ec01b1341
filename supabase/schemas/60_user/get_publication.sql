-- Called by the doors for people: {publication, content, role}, role being the person's own.
-- Refuses: publication_not_found.
create function public.get_publication(p_publication_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.publication_workspace(p_publication_id);
begin
  return (
    select jsonb_build_object(
      'publication', app.publication_json(p), 'content', app.content_json(c),
      'role', app.require_role(v_workspace_id, enum_range(null::app.member_role)))
    from app.publications p join app.contents c on c.id = p.content_id where p.id = p_publication_id);
end;
$$;
revoke execute on function public.get_publication from public, anon, authenticated, service_role;
grant execute on function public.get_publication to authenticated;
