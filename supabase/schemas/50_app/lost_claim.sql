-- Refuses a writer whose fence is no longer the run's: another attempt, or nobody, holds it now.
create function app.lost_claim(p_run app.runs) returns void
language plpgsql set search_path = ''
as $$
begin
  perform app.refuse(409, 'lost_claim', 'Another attempt holds this run, or it has ended.',
    jsonb_build_object('status', p_run.status, 'reason', p_run.reason));
end;
$$;
revoke execute on function app.lost_claim from public;
