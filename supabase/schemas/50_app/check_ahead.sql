-- Refuses a first occurrence that is not ahead: what has passed already is never waited for anew. Null: there is none.
create function app.check_ahead(p_next_run_at timestamptz, p_now timestamptz) returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if p_next_run_at <= p_now then
    raise sqlstate '22023' using message = 'the next occurrence must be ahead of now';
  end if;
end;
$$;
revoke execute on function app.check_ahead from public;
