-- What writing one content of this type may cost at most. Fails closed: without a price nothing is reserved, so nothing
-- may be claimed.
create function app.worst_cost(p_worst_costs jsonb, p_content_type app.content_type) returns bigint
language plpgsql immutable set search_path = ''
as $$
declare
  v_worst bigint := (p_worst_costs ->> p_content_type::text)::bigint;
begin
  if v_worst is null or v_worst < 0 then
    raise sqlstate '22023' using message = format('worst cost of %s is missing', p_content_type);
  end if;
  return v_worst;
end;
$$;
revoke execute on function app.worst_cost from public;
