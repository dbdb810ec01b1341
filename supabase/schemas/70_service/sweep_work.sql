-- Called by the sweep: what was lost or is coming near, the most important first (priority, then due time). Stopped
-- workspaces are left out. p_horizon: how far ahead messages are armed; 0: none are, and everything due is `overdue`.
-- p_limit is for each of the three lists; `after` is to be passed as p_after for the next page, null when there is none.
--
-- overdue:     schedules whose occurrence should have begun ten minutes ago, nor was a message sent for it since then;
--              with run_status (null: not begun) and lapsed (the subscription has ended, so it will only get its row).
-- unarmed:     schedules whose occurrence comes within the horizon and has no message.
-- interrupted: runs whose lease ended a minute ago, or whose retry_at has come, queued ones among them; by the run's own
--              priority.
create function public.sweep_work(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_overdue jsonb := jsonb '[]';
  v_unarmed jsonb := jsonb '[]';
  v_interrupted jsonb := jsonb '[]';
  v_after jsonb;
begin
  -- A list that p_after does not name any more has come to its end on an earlier page.
  if p_after is null or p_after ? 'overdue' then
    v_overdue := app.overdue_schedules(p_now, p_horizon, p_after -> 'overdue', v_limit);
  end if;
  if p_horizon > interval '0' and (p_after is null or p_after ? 'unarmed') then
    v_unarmed := app.unarmed_schedules(p_now, p_horizon, p_after -> 'unarmed', v_limit);
  end if;
  if p_after is null or p_after ? 'interrupted' then
    v_interrupted := app.interrupted_runs(p_now, p_after -> 'interrupted', v_limit);
  end if;
  v_after := jsonb_strip_nulls(jsonb_build_object(
    'overdue', app.sweep_cursor(v_overdue, v_limit),
    'unarmed', app.sweep_cursor(v_unarmed, v_limit),
    'interrupted', app.sweep_cursor(v_interrupted, v_limit)));
  return jsonb_build_object(
    'overdue', v_overdue, 'unarmed', v_unarmed, 'interrupted', v_interrupted, 'after', nullif(v_after, '{}'));
end;
$$;
revoke execute on function public.sweep_work from public, anon, authenticated, service_role;
grant execute on function public.sweep_work to service_role;
