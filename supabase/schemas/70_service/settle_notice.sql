-- Called by who has taken a notice. p_retry_at: when it is to be given out again; null: it is done with, and
-- p_is_delivered says whether anybody was told. What was resolved meanwhile is done with.
-- settled: written; also what a repetition answers. Refuses: alert_not_found.
create function public.settle_notice(
  p_alert_id uuid, p_is_delivered boolean, p_retry_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
begin
  update app.alerts a
    set notify_at = case when a.resolved_at is null then p_retry_at end,
        notified_at = case when p_retry_at is null and p_is_delivered then coalesce(a.notified_at, p_now)
          else a.notified_at end
    where a.id = p_alert_id;
  if not found then
    perform app.refuse(404, 'alert_not_found', 'There is no such alert.');
  end if;
  return jsonb_build_object('outcome', 'settled');
end;
$$;
revoke execute on function public.settle_notice from public, anon, authenticated, service_role;
grant execute on function public.settle_notice to service_role;
