-- Lets only those columns of a schedule through that a person may write.
create function app.check_fields(p_fields jsonb) returns void
language plpgsql immutable set search_path = ''
as $$
declare
  v_unknown text;
begin
  select key into v_unknown from jsonb_object_keys(p_fields) as key
    where key <> all (array[
      'name', 'content_type', 'frequency', 'time_of_day', 'weekday', 'day_of_month', 'rrule', 'timezone', 'anchor_at',
      'starts_at', 'ends_at', 'max_runs', 'lateness_limit', 'lead_time', 'priority', 'settings', 'daily_cost_cap',
      'monthly_cost_cap'])
    order by key limit 1;
  if v_unknown is not null then
    raise sqlstate '22023' using message = format('unknown field %s', v_unknown);
  end if;
end;
$$;
revoke execute on function app.check_fields from public;
