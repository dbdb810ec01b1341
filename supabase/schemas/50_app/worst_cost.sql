-- What one attempt of a run may cost at most, with the schedule as it is now. p_worst_costs =
-- {"standard" | "premium" | "chosen": {content_type: {"fixed": micro-USD, "byte": nano-USD}}} for one content, `byte` for
-- each byte of the settings as a prompt holds them (no text has more tokens than bytes); "chosen" is for settings that
-- name models. Fails closed: without a price nothing is reserved, so nothing may be claimed.
create function app.worst_cost(p_worst_costs jsonb, p_schedule app.schedules, p_run app.runs) returns bigint
language plpgsql stable set search_path = ''
as $$
declare
  v_models jsonb := p_schedule.settings -> 'models';
  v_order text := case
    when jsonb_typeof(v_models) = 'array' and v_models <> '[]' then 'chosen' else p_run.quality::text end;
  v_price jsonb := p_worst_costs -> v_order -> p_schedule.content_type::text;
  v_fixed numeric := v_price ->> 'fixed';
  v_byte numeric := v_price ->> 'byte';
  v_bytes int := octet_length(
    replace(replace(replace(p_schedule.settings::text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'));
begin
  if (v_fixed >= 0 and v_byte >= 0) is not true then
    raise sqlstate '22023' using message = format('worst cost of %s is missing', p_schedule.content_type);
  end if;
  return p_run.item_count * ceil(v_fixed + v_byte * v_bytes / 1000)::bigint;
end;
$$;
revoke execute on function app.worst_cost from public;
