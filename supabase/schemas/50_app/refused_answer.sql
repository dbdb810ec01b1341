-- The answer to a request that was not admitted; `refusal` is the limit that was met, if it was one.
create function app.refused_answer(p_refusal jsonb, p_schedule_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return app.claim_answer('refused', p_refusal ->> 'reason', null, p_schedule_id)
    || jsonb_build_object('refusal', case when p_refusal ? 'cap' then p_refusal - 'reason' end);
end;
$$;
revoke execute on function app.refused_answer from public;
