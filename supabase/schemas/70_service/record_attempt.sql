-- Called after every call of a model, at once: what it cost is booked, whatever becomes of the run, and its answer is kept
-- until the run ends. p_attempt = {id, item, step, model, outcome, tokens_in, tokens_out, cost, ...}, booked once by its id;
-- p_answer = {item, step, fingerprint, angle, model, fields, text}, or null. A run that has ended takes the cost too, into
-- the same day. What costs more than was held back is held back at once.
--
-- recorded: the caller's fence is the run's. Repeated it counts nothing twice.
-- lost:     another attempt holds the run, or it has ended; the caller must stop. Booked all the same.
-- Both with what the run has cost and holds back.
-- Refuses: run_not_found; SQLSTATE 22023 without an id, or for a run that was never begun.
create function public.record_attempt(
  p_run_id uuid, p_fence bigint, p_attempt jsonb, p_answer jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_before app.runs := app.lock_run(p_run_id);
  v_run app.runs;
begin
  if p_attempt ->> 'id' is null or v_before.reserved_day is null then
    raise sqlstate '22023' using message = 'an attempt has an id, and belongs to a run that was begun';
  end if;
  v_run := app.book(v_before, jsonb_build_object('model_attempts', jsonb_build_array(p_attempt)), p_now);
  if v_run.finished_at is null then
    insert into app.answers (run_id, item, step, fingerprint, angle, model, fields, text, created_at)
      select p_run_id, a.item, a.step, a.fingerprint, a.angle, a.model, a.fields, a.text, p_now
      from jsonb_populate_record(null::app.answers, nullif(p_answer, 'null')) a
      where a.fingerprint is not null
      on conflict (run_id, item, step, fingerprint) do nothing;
  end if;
  return jsonb_build_object(
    'outcome', case when v_run.fence = p_fence and v_run.status = 'running' then 'recorded' else 'lost' end,
    'cost', v_run.cost, 'reserved_cost', v_run.reserved_cost);
end;
$$;
revoke execute on function public.record_attempt from public, anon, authenticated, service_role;
grant execute on function public.record_attempt to service_role;
