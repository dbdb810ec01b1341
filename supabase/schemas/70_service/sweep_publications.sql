-- Called by the sweep: publications that somebody should look at and that no message will bring, the oldest first. Each
-- wants a message, or a claim. p_horizon as sweep_work takes it; p_limit is for each of the five reasons. `after` is to be
-- passed as p_after for the next page, null when there is none.
--
-- A publication is among them because it waits within the horizon and no message stands for then; or its message should
-- have come ten minutes ago and the account can take it; or its holder's lease ended a minute ago; or it is to be read
-- back within the horizon; or it waits in vain. Left out: what waits for a yes, for an account to be connected again, and
-- (leases aside) for a stopped workspace.
create function public.sweep_publications(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_lists jsonb := '{}';
  v_after jsonb;
begin
  -- A list that p_after does not name any more has come to its end on an earlier page.
  if p_after is null or p_after ? 'unarmed' then
    v_lists := v_lists || jsonb_build_object(
      'unarmed', app.unarmed_in_time(p_now, p_horizon, p_after -> 'unarmed', v_limit));
  end if;
  if p_after is null or p_after ? 'overdue' then
    v_lists := v_lists || jsonb_build_object('overdue', app.overdue_publications(p_now, p_after -> 'overdue', v_limit));
  end if;
  if p_after is null or p_after ? 'lapsed' then
    v_lists := v_lists || jsonb_build_object('lapsed', app.lapsed_publications(p_now, p_after -> 'lapsed', v_limit));
  end if;
  if p_after is null or p_after ? 'unread' then
    v_lists := v_lists || jsonb_build_object(
      'unread', app.unread_publications(p_now, p_horizon, p_after -> 'unread', v_limit));
  end if;
  if p_after is null or p_after ? 'late' then
    v_lists := v_lists || jsonb_build_object('late', app.late_publications(p_now, p_after -> 'late', v_limit));
  end if;
  select jsonb_strip_nulls(jsonb_object_agg(list.name, app.sweep_cursor(list.items, v_limit))) into v_after
    from jsonb_each(v_lists) as list (name, items);
  return jsonb_build_object(
    'publications', (
      select coalesce(jsonb_agg(item.it - 'cursor' order by item.it ->> 'ready_at', item.it ->> 'id'), '[]')
      from jsonb_each(v_lists) as list (name, items) cross join jsonb_array_elements(list.items) as item (it)),
    'after', nullif(v_after, '{}'));
end;
$$;
revoke execute on function public.sweep_publications from public, anon, authenticated, service_role;
grant execute on function public.sweep_publications to service_role;
