-- Moves an account's publications on whose holder's lease has ended. Nothing was sent: it waits again, a little longer each
-- time, so that one on which every holder dies does not keep the others waiting; too often, and it is given up. Something
-- may have been sent: it is unknown, never to be sent again on hope. The fence stays, so that a holder who comes back with
-- the outcome is believed. Its content, if there was one, for the caller to settle. Called with the account locked.
create function app.release_lapsed(p_account app.accounts, p_now timestamptz) returns uuid
language plpgsql set search_path = ''
as $$
declare
  v_most_attempts constant int := 12;
  v_publication app.publications;
begin
  select p.* into v_publication from app.publications p
    where p.account_id = p_account.id and p.status = 'publishing' and p.lease_until <= p_now
    for no key update;
  if v_publication.id is null then
    return null;
  elsif v_publication.attempted_at is not null then
    perform app.write_settlement(
      v_publication, p_account,
      jsonb_build_object('status', 'unknown', 'reason', 'interrupted', 'read_at', p_now), p_now);
  elsif v_publication.attempt >= v_most_attempts then
    perform app.write_settlement(
      v_publication, p_account,
      '{"status": "failed", "reason": "attempts", "cause": "attempts", "error": {"code": "interrupted"}}', p_now);
  else
    perform app.write_settlement(
      v_publication, p_account,
      jsonb_build_object(
        'status', 'waiting', 'error', jsonb_build_object('code', 'interrupted'),
        'retry_at', p_now + interval '1 minute' * (v_publication.attempt ^ 2)), p_now);
  end if;
  return v_publication.content_id;
end;
$$;
revoke execute on function app.release_lapsed from public;
