-- Adds to a run what was measured: {model_attempts, prompt_version, items_failed, errors}, all optional. An attempt that is
-- booked already, by its id, is not counted again, only its outcome may have changed since; tokens and cost are the sums
-- of the others. errors = [{item, code, message}] of items that failed. p_run is locked and as it is stored.
create function app.measure(p_run app.runs, p_measured jsonb, p_now timestamptz) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_told jsonb := coalesce(nullif(p_measured -> 'model_attempts', 'null'), '[]');
  v_new jsonb;
  v_all jsonb;
begin
  select coalesce(jsonb_agg(told.it), '[]') into v_new
    from jsonb_array_elements(v_told) as told (it)
    where not exists (
      select from jsonb_array_elements(p_run.model_attempts) as known (it) where known.it ->> 'id' = told.it ->> 'id');
  -- In the order in which they were made: who tells of several, those that are booked among them, tells it.
  select coalesce(jsonb_agg(call.it order by call.is_told, call.place), '[]') into v_all
    from (
      select known.it, false as is_told, known.place
      from jsonb_array_elements(p_run.model_attempts) with ordinality as known (it, place)
      where not exists (
        select from jsonb_array_elements(v_told) as told (it) where told.it ->> 'id' = known.it ->> 'id')
      union all
      select coalesce(known.it || jsonb_strip_nulls(jsonb_build_object('outcome', told.it -> 'outcome')), told.it),
        true, told.place
      from jsonb_array_elements(v_told) with ordinality as told (it, place)
      left join jsonb_array_elements(p_run.model_attempts) as known (it) on known.it ->> 'id' = told.it ->> 'id'
    ) as call;
  update app.runs r
    set model_attempts = v_all,
        tokens_in = r.tokens_in + spent.tokens_in, tokens_out = r.tokens_out + spent.tokens_out,
        cost = r.cost + spent.cost,
        prompt_version = coalesce(p_measured ->> 'prompt_version', r.prompt_version),
        items_failed = coalesce((p_measured ->> 'items_failed')::smallint, r.items_failed),
        errors = r.errors || (
          select coalesce(jsonb_agg(
            error.it || jsonb_build_object(
              'at', p_now, 'attempt', r.attempt, 'message', left(error.it ->> 'message', 2000)) order by error.place), '[]')
          from jsonb_array_elements(coalesce(nullif(p_measured -> 'errors', 'null'), '[]'))
            with ordinality as error (it, place))
    from (
      select coalesce(sum((it ->> 'tokens_in')::bigint), 0) as tokens_in,
        coalesce(sum((it ->> 'tokens_out')::bigint), 0) as tokens_out, coalesce(sum((it ->> 'cost')::bigint), 0) as cost
      from jsonb_array_elements(v_new) as it) spent
    where r.id = p_run.id
    returning r.* into p_run;
  return p_run;
end;
$$;
revoke execute on function app.measure from public;
