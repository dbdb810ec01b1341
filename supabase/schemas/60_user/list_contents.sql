-- Called by the doors for people: what was written in a workspace (null: the person's own), or for one schedule, newest
-- first, of p_status only if it is given. p_after is {created_at, id} of the last one seen. `more`: there are others
-- after these.
-- Refuses: workspace_not_found, schedule_not_found.
create function public.list_contents(
  p_workspace_id uuid, p_schedule_id uuid, p_after jsonb, p_limit int, p_status text
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid;
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'created_at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  v_workspace_id := case
    when p_schedule_id is null then app.readable_workspace(p_workspace_id)
    else app.require_schedule(p_schedule_id, p_workspace_id) end;
  select coalesce(jsonb_agg(app.content_json(page) order by page.created_at desc, page.id desc), '[]') into v_found
    from (
      select c.* from app.contents c
      where c.workspace_id = v_workspace_id and (p_schedule_id is null or c.schedule_id = p_schedule_id)
        and (p_status is null or c.status = p_status::app.content_status)
        and (c.created_at, c.id) < (v_before, v_before_id)
      order by c.created_at desc, c.id desc limit v_limit + 1) page;
  return app.page('contents', v_found, v_limit);
end;
$$;
revoke execute on function public.list_contents from public, anon, authenticated, service_role;
grant execute on function public.list_contents to authenticated;
