-- Adds to a run what one attempt measured: {model_attempts, tokens_in, tokens_out, cost, prompt_version}, all optional.
create function app.measure(p_run_id uuid, p_measured jsonb) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_run app.runs;
begin
  update app.runs r
    set model_attempts = r.model_attempts || coalesce(nullif(p_measured -> 'model_attempts', 'null'), '[]'),
        tokens_in = r.tokens_in + coalesce((p_measured ->> 'tokens_in')::bigint, 0),
        tokens_out = r.tokens_out + coalesce((p_measured ->> 'tokens_out')::bigint, 0),
        cost = r.cost + coalesce((p_measured ->> 'cost')::bigint, 0),
        prompt_version = coalesce(p_measured ->> 'prompt_version', r.prompt_version)
    where r.id = p_run_id
    returning r.* into v_run;
  return v_run;
end;
$$;
revoke execute on function app.measure from public;
