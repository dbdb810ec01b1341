-- Called when an attempt has failed. p_error = {code, message}, p_measured as for finish_run. p_reason is a word of
-- app.run_reason and only kept when p_final.
--
-- retrying: the lease has ended; a redelivery, or the sweep after p_retry_at, begins the next attempt. What was held
--           back for the run stays held back.
-- failed:   given up and counted; the run's places in the quota are given back if it cost nothing.
-- lost:     another attempt holds the run, or it has ended otherwise. What was measured is booked, nothing else.
-- Repeated with the same fence it answers the same and counts nothing twice.
-- Refuses: run_not_found.
create function public.fail_run(
  p_run_id uuid, p_fence bigint, p_final boolean, p_reason text, p_error jsonb, p_measured jsonb,
  p_retry_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_run app.runs := app.lock_run(p_run_id);
begin
  if v_run.fence is distinct from p_fence or v_run.status not in ('running', 'retrying', 'failed') then
    return app.lost_answer(v_run, p_measured, p_now);
  end if;
  if v_run.status = 'running' then
    perform app.measure(v_run, p_measured, p_now);
    update app.runs r
      set errors = r.errors || jsonb_build_object(
            'at', p_now, 'attempt', r.attempt, 'code', p_error -> 'code',
            'message', left(p_error ->> 'message', 2000)),
          status = 'retrying', lease_until = null, retry_at = coalesce(p_retry_at, p_now)
      where r.id = p_run_id returning r.* into v_run;
    if p_final then
      v_run := app.end_run(v_run, 'failed', p_reason::app.run_reason, p_fence, p_now);
    elsif v_run.cost > v_run.reserved_cost then
      perform app.raise_reservation(v_run, v_run.cost - v_run.reserved_cost);
      select r.* into v_run from app.runs r where r.id = p_run_id;
    end if;
  else
    -- Told again; or its message was given up when its lease had ended, and nobody has taken the run over since.
    v_run := app.book(v_run, jsonb_build_object('model_attempts', p_measured -> 'model_attempts'), p_now);
  end if;
  return jsonb_build_object(
    'outcome', v_run.status, 'run', app.run_json(v_run), 'schedule', app.fresh_schedule(v_run.schedule_id));
end;
$$;
revoke execute on function public.fail_run from public, anon, authenticated, service_role;
grant execute on function public.fail_run to service_role;
