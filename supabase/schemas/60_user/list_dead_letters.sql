-- Called by the doors for people: what was given up in a workspace (null: the person's own), newest first, of p_status only
-- if it is given. p_after is {created_at, id} of the last one seen. `more`: there are others after these.
-- Refuses: workspace_not_found.
create function public.list_dead_letters(p_workspace_id uuid, p_status text, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'created_at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  select coalesce(jsonb_agg(app.letter_json(page) order by page.created_at desc, page.id desc), '[]') into v_found
    from (
      select d.* from app.dead_letters d
      where d.workspace_id = v_workspace_id
        and (p_status is null or d.letter_status = p_status::app.dead_letter_status)
        and (d.created_at, d.id) < (v_before, v_before_id)
      order by d.created_at desc, d.id desc limit v_limit + 1) page;
  return app.page('dead_letters', v_found, v_limit);
end;
$$;
revoke execute on function public.list_dead_letters from public, anon, authenticated, service_role;
grant execute on function public.list_dead_letters to authenticated;
