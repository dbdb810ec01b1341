-- Ends a run that was begun and wrote nothing: settles what it reserved, drops its answers and counts a failure. A run
-- that cost nothing gives its places in the day's quota back. p_fence: the holder's own, or a newer one when somebody
-- else ends it, so that a holder who comes back learns that the run is lost.
create function app.end_run(
  p_run app.runs, p_status app.run_status, p_reason app.run_reason, p_fence bigint, p_now timestamptz
) returns app.runs
language plpgsql set search_path = ''
as $$
begin
  perform app.settle_reservation(p_run, p_run.cost = 0);
  delete from app.answers a where a.run_id = p_run.id;
  update app.runs r
    set status = p_status, reason = p_reason, fence = p_fence, reserved_cost = 0,
        lease_until = null, retry_at = null, finished_at = p_now
    where r.id = p_run.id
    returning r.* into p_run;
  if p_status = 'failed' then
    update app.schedules s
      set total_failed = s.total_failed + 1, consecutive_failures = s.consecutive_failures + 1
      where s.id = p_run.schedule_id;
  end if;
  return p_run;
end;
$$;
revoke execute on function app.end_run from public;
