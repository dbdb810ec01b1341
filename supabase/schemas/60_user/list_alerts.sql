-- Called by the doors for people: what a workspace (null: the person's own) should know of, newest first, also what was
-- resolved. p_after is {first_at, id} of the last one seen. `more`: there are others after these.
-- Refuses: workspace_not_found.
create function public.list_alerts(p_workspace_id uuid, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'first_at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  select coalesce(jsonb_agg(to_jsonb(page) order by page.first_at desc, page.id desc), '[]') into v_found
    from (
      select a.* from app.alerts a
      where a.workspace_id = v_workspace_id and (a.first_at, a.id) < (v_before, v_before_id)
      order by a.first_at desc, a.id desc limit v_limit + 1) page;
  return app.page('alerts', v_found, v_limit);
end;
$$;
revoke execute on function public.list_alerts from public, anon, authenticated, service_role;
grant execute on function public.list_alerts to authenticated;
