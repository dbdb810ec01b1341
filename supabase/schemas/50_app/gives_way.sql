-- Whether the claim of an occurrence that is due would take the workspace's last slot from a more important one, which
-- waits for it too: its message has been sent, less than five minutes ago it became due, and nobody has begun it. Nobody
-- gives way whose own time would be over before they come again.
create function app.gives_way(p_schedule app.schedules, p_now timestamptz) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  if p_now >= p_schedule.late_at - interval '1 minute' or not exists (
    select from app.schedules s
    where s.workspace_id = p_schedule.workspace_id and s.priority > p_schedule.priority
      and s.armed_for > p_now - interval '5 minutes' and s.armed_for <= p_now
      and s.armed_for = s.next_run_at and p_now < s.late_at
      and not exists (select from app.runs r where r.schedule_id = s.id and r.due_at = s.next_run_at)
  ) then
    return false;
  end if;
  return (
    select count(*) + 1 from app.runs r
    where r.workspace_id = p_schedule.workspace_id and r.status = 'running' and r.lease_until > p_now
  ) >= (
    select p.parallelism from app.workspaces w join app.plans p on p.plan = w.plan
    where w.id = p_schedule.workspace_id);
end;
$$;
revoke execute on function app.gives_way from public;
