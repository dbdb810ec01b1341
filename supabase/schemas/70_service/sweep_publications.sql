-- Called by the sweep: publications that somebody should look at and that no message will bring, the oldest first. Each
-- wants a message, or a claim. p_horizon as sweep_work takes it; p_limit is for each of the five lists. `after` is to be
-- passed as p_after for the next page, null when there is none; a page may be empty before the last.
--
-- unarmed: it waits within the horizon, and no message stands for when it is ready.
-- overdue: its message should have come ten minutes ago, and nothing of its account is in its way.
-- lapsed:  whoever held it is gone since a minute.
-- unread:  its account is to be read back within the horizon, and no message stands for then.
-- late:    its time has passed while it waited.
-- Left out: what waits for a yes, for an account to be connected again, and (leases aside) for a stopped workspace.
create function public.sweep_publications(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_lists constant text[] := '{unarmed,overdue,lapsed,unread,late}';
  v_list text;
  v_page jsonb;
  v_ids jsonb := '[]';
  v_after jsonb := '{}';
begin
  foreach v_list in array v_lists loop
    -- A list that p_after does not name any more has come to its end on an earlier page.
    continue when p_after is not null and not p_after ? v_list;
    v_page := app.sweep_page(v_list, p_now, p_horizon, p_after -> v_list, app.page_size(p_limit));
    v_ids := v_ids || (v_page -> 'ids');
    v_after := v_after || jsonb_strip_nulls(jsonb_build_object(v_list, v_page -> 'after'));
  end loop;
  return jsonb_build_object(
    'publications', (
      select coalesce(jsonb_agg(app.publication_json(p) order by app.ready_at(p), p.id), '[]')
      from app.publications p where p.id in (select found.id::uuid from jsonb_array_elements_text(v_ids) as found (id))),
    'after', nullif(v_after, '{}'));
end;
$$;
revoke execute on function public.sweep_publications from public, anon, authenticated, service_role;
grant execute on function public.sweep_publications to service_role;
