-- A schedule as every caller sees it: all columns, durations as numbers of seconds, with what the workspace adds to it.
create function app.schedule_json(p_schedule app.schedules) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select (to_jsonb(p_schedule) - 'request_hash') || jsonb_build_object(
      'lateness_limit', trim_scale(extract(epoch from p_schedule.lateness_limit)),
      'lead_time', trim_scale(extract(epoch from p_schedule.lead_time)),
      'parallelism', p.parallelism,
      'workspace_paused_at', w.paused_at)
    from app.workspaces w join app.plans p on p.plan = w.plan
    where w.id = p_schedule.workspace_id);
end;
$$;
revoke execute on function app.schedule_json from public;
