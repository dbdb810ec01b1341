-- Called by the doors for people: {content}.
-- Refuses: content_not_found.
create function public.get_content(p_content_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_found jsonb;
begin
  select jsonb_build_object('content', app.content_json(c)) into v_found
    from app.contents c
    join app.members m on m.workspace_id = c.workspace_id and m.user_id = (select auth.uid())
    where c.id = p_content_id;
  if v_found is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content in your workspaces.');
  end if;
  return v_found;
end;
$$;
revoke execute on function public.get_content from public, anon, authenticated, service_role;
grant execute on function public.get_content to authenticated;
