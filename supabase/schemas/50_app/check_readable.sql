-- Refuses JSON of a person's that no reader could hold, or that is larger than p_most bytes: one such row would end every
-- list that shows it.
create function app.check_readable(p_name text, p_value jsonb, p_most int) returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if octet_length(p_value::text) > p_most or p_value @? '$.**{20}'
    or p_value @? '$.** ? (@ > 9007199254740992 || @ < -9007199254740992)'
  then
    raise sqlstate '22023' using message = format('%s is too large', p_name);
  end if;
end;
$$;
revoke execute on function app.check_readable from public;
