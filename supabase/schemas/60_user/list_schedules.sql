-- Called by the doors for people: a workspace's schedules, newest first. p_workspace_id null: the person's own.
-- p_after is {created_at, id} of the last one seen. `more`: there are others after these.
-- Refuses: workspace_not_found.
create function public.list_schedules(p_workspace_id uuid, p_include_deleted boolean, p_after jsonb, p_limit int)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'created_at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  select coalesce(jsonb_agg(app.schedule_json(page) order by page.created_at desc, page.id desc), '[]') into v_found
    from (
      select s.* from app.schedules s
      where s.workspace_id = v_workspace_id and (p_include_deleted or s.deleted_at is null)
        and (s.created_at, s.id) < (v_before, v_before_id)
      order by s.created_at desc, s.id desc limit v_limit + 1) page;
  return app.page('schedules', v_found, v_limit);
end;
$$;
revoke execute on function public.list_schedules from public, anon, authenticated, service_role;
grant execute on function public.list_schedules to authenticated;
