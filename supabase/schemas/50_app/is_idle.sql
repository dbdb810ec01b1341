-- Whether a run has begun, or was queued, and nobody is at work on it.
create function app.is_idle(p_run app.runs, p_now timestamptz) returns boolean
language sql immutable set search_path = ''
as $$
  select p_run.status = 'retrying' or (p_run.status = 'running' and p_run.lease_until <= p_now);
$$;
revoke execute on function app.is_idle from public;
