-- Cancels what a schedule has waiting when it is paused or deleted, or when an edit moves it to other times: then only what
-- is still ahead and not begun. What a person asked for outlives all but the deletion. Their contents stay drafts. Called
-- with the schedule locked: nobody who holds a publication waits for a schedule. A claim may hold two publications of its
-- account, in any order: so accounts come first.
create function app.cancel_scheduled(
  p_schedule_id uuid, p_reason app.publication_reason, p_now timestamptz
) returns void
language plpgsql set search_path = ''
as $$
begin
  perform from app.accounts a
    where a.id in (
      select p.account_id from app.publications p where p.schedule_id = p_schedule_id and p.status = 'waiting')
    order by a.id for no key update;
  perform app.cancel_each(
    (select array_agg(p.id) from app.publications p
      where p.schedule_id = p_schedule_id and p.status = 'waiting'
        and (p.requested_by is null or p_reason = 'deleted')
        and (p_reason <> 'superseded' or (p.publish_at > p_now and p.parts = '[]'))),
    p_reason, p_now);
end;
$$;
revoke execute on function app.cancel_scheduled from public;
