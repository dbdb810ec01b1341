-- Called by the doors for people: a schedule's history, newest first by nominal time (manual runs by when they began).
-- p_after is {at, id} of the last one seen. `more`: there are others after these.
-- Refuses: schedule_not_found.
create function public.list_runs(p_schedule_id uuid, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  perform app.require_schedule(p_schedule_id);
  select coalesce(
      jsonb_agg(app.run_json(page) order by coalesce(page.due_at, page.created_at) desc, page.id desc), '[]')
    into v_found
    from (
      select r.* from app.runs r
      where r.schedule_id = p_schedule_id
        and (coalesce(r.due_at, r.created_at), r.id) < (v_before, v_before_id)
      order by coalesce(r.due_at, r.created_at) desc, r.id desc limit v_limit + 1) page;
  return app.page('runs', v_found, v_limit);
end;
$$;
revoke execute on function public.list_runs from public, anon, authenticated, service_role;
grant execute on function public.list_runs to authenticated;
