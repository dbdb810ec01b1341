-- The answer to a writer whose fence is no longer the run's: another attempt, or nobody, holds it now. The calls of models
-- that it tells of are booked all the same.
create function app.lost_answer(p_run app.runs, p_measured jsonb, p_now timestamptz) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  perform app.book(p_run, jsonb_build_object('model_attempts', p_measured -> 'model_attempts'), p_now);
  return jsonb_build_object('outcome', 'lost', 'status', p_run.status, 'reason', p_run.reason);
end;
$$;
revoke execute on function app.lost_answer from public;
