-- Lets a schedule whose occurrence has just got its row wait for the one that follows, if the arming told which that is:
-- the claim then needs no second call. Unknown: advance_schedule does it.
create function app.follow(p_schedule app.schedules, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
  if p_schedule.following_run_at is not null then
    perform app.move_on(
      p_schedule, p_schedule.next_run_at, p_schedule.revision,
      p_schedule.following_run_at, p_schedule.following_late_at, p_now);
  end if;
end;
$$;
revoke execute on function app.follow from public;
