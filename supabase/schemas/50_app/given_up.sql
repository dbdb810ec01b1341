-- What has become, by the ledger, of the run or the occurrence that a letter is about:
-- ended:   it has ended without a text.
-- goes_on: it is under way, or is still waited for.
-- nothing: it is none that we know, or it has its text.
create function app.given_up(p_letter app.dead_letters) returns text
language plpgsql stable set search_path = ''
as $$
declare
  v_status app.run_status := (
    select r.status from app.runs r
    where r.id = p_letter.run_id
      or (p_letter.run_id is null and r.schedule_id = p_letter.schedule_id and r.due_at = p_letter.due_at));
begin
  return case
    when v_status in ('failed', 'skipped', 'missed') then 'ended'
    when v_status in ('running', 'retrying') then 'goes_on'
    when v_status is null and exists (
      select from app.schedules s where s.id = p_letter.schedule_id and s.next_run_at = p_letter.due_at) then 'goes_on'
    else 'nothing' end;
end;
$$;
revoke execute on function app.given_up from public;
