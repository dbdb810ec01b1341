-- Called by who writes to people: alerts of which somebody is to be told now, the longest due first. Each is given to one at
-- a time, who has p_hold to send it; after that, or at retry_at of settle_notice, it is given out again. {notices: [{id,
-- kind, attempt, workspace_name, schedule_name, language, timezone, owners, reviewers, details, content, publication,
-- account}]}; owners and reviewers are e-mail addresses, reviewers only of what waits for a yes.
create function public.take_notices(p_now timestamptz, p_hold interval, p_limit int) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_taken uuid[];
begin
  select coalesce(array_agg(due.id), '{}') into v_taken
    from (
      select a.id from app.alerts a
      where a.notify_at <= p_now and a.resolved_at is null and a.workspace_id is not null
      order by a.notify_at, a.id limit v_limit
      for no key update skip locked) due;
  update app.alerts a set notify_at = p_now + p_hold, notify_attempts = a.notify_attempts + 1 where a.id = any (v_taken);
  return jsonb_build_object('notices', (
    select coalesce(jsonb_agg(app.notice_json(a) order by a.first_at, a.id), '[]')
    from app.alerts a where a.id = any (v_taken)));
end;
$$;
revoke execute on function public.take_notices from public, anon, authenticated, service_role;
grant execute on function public.take_notices to service_role;
