-- Called by the doors for people: what is, or was, on its way out of a workspace (null: the person's own), newest first; of
-- one schedule, content or account, or of one status, if that is given. p_after is {created_at, id} of the last one seen.
-- `more`: there are others after these.
-- Refuses: workspace_not_found.
create function public.list_publications(
  p_workspace_id uuid, p_schedule_id uuid, p_content_id uuid, p_account_id uuid, p_status text, p_after jsonb, p_limit int
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'created_at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  select coalesce(jsonb_agg(app.publication_json(page) order by page.created_at desc, page.id desc), '[]') into v_found
    from (
      select p.* from app.publications p
      where p.workspace_id = v_workspace_id
        and (p_schedule_id is null or p.schedule_id = p_schedule_id)
        and (p_content_id is null or p.content_id = p_content_id)
        and (p_account_id is null or p.account_id = p_account_id)
        and (p_status is null or p.status = p_status::app.publication_status)
        and (p.created_at, p.id) < (v_before, v_before_id)
      order by p.created_at desc, p.id desc limit v_limit + 1) page;
  return app.page('publications', v_found, v_limit);
end;
$$;
revoke execute on function public.list_publications from public, anon, authenticated, service_role;
grant execute on function public.list_publications to authenticated;
