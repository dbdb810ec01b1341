-- The third list of sweep_work: runs that were begun and that nobody is at work on, with what a message about them needs.
create function app.interrupted_runs(p_now timestamptz, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      app.run_json(page.r) || jsonb_build_object(
        'run_id', (page.r).id, 'parallelism', page.parallelism,
        'cursor', jsonb_build_object('priority', (page.r).priority, 'at', page.since, 'id', (page.r).id))
      order by (page.r).priority desc, page.since, (page.r).id), '[]')
    from (
      select idle.r, idle.since, p.parallelism
      from (
        select r, r.lease_until as since from app.runs r
          where r.status = 'running' and r.lease_until < p_now - interval '1 minute'
        union all
        select r, r.retry_at from app.runs r
          where r.status = 'retrying' and r.retry_at < p_now) idle
      join app.workspaces w on w.id = (idle.r).workspace_id and w.paused_at is null
      join app.plans p on p.plan = w.plan
      where p_after is null
        or (-(idle.r).priority, idle.since, (idle.r).id)
          > (-(p_after ->> 'priority')::int, (p_after ->> 'at')::timestamptz, (p_after ->> 'id')::uuid)
      order by (idle.r).priority desc, idle.since, (idle.r).id limit p_limit) page);
end;
$$;
revoke execute on function app.interrupted_runs from public;
