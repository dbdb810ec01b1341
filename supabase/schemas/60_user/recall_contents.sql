-- Called by the doors for people before they store an edit, for the gates: {recalled: what was written before in this
-- content's workspace, itself left out, as app.recall_contents gives it; platforms: where it goes}.
-- Refuses: content_not_found.
create function public.recall_contents(p_content_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_most constant int := 2000;
  v_content app.contents;
begin
  select c.* into v_content from app.contents c
    join app.members m on m.workspace_id = c.workspace_id and m.user_id = (select auth.uid())
    where c.id = p_content_id;
  if v_content.id is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content in your workspaces.');
  end if;
  return jsonb_build_object(
    'recalled', (
      select coalesce(jsonb_agg(written.it order by written.place), '[]')
      from jsonb_array_elements(
        app.recall_contents(v_content.schedule_id, app.same_platform(v_content.kind), v_most))
        with ordinality as written (it, place)
      where written.it ->> 'id' <> p_content_id::text),
    'platforms', (
      select coalesce(jsonb_agg(distinct a.platform), '[]')
      from app.publications p join app.accounts a on a.id = p.account_id
      where p.content_id = p_content_id and p.status not in ('cancelled', 'failed')));
end;
$$;
revoke execute on function public.recall_contents from public, anon, authenticated, service_role;
grant execute on function public.recall_contents to authenticated;
