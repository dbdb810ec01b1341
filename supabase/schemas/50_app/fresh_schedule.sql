-- A schedule as it stands after this transaction's writes, for answers.
create function app.fresh_schedule(p_schedule_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return (select app.schedule_json(s) from app.schedules s where s.id = p_schedule_id);
end;
$$;
revoke execute on function app.fresh_schedule from public;
