-- A page of one list of sweep_publications: {ids, after}: at most p_limit, and where the next page begins, null if there is
-- none. p_after is {at, id}; null: from the beginning.
create function app.sweep_page(
  p_list text, p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int
) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_most int := p_limit * 10; -- so many are looked at for a page
  v_looked_at jsonb;
  v_ids jsonb;
  v_last jsonb;
begin
  select jsonb_agg(to_jsonb(one) order by one.at, one.id) into v_looked_at
    from app.sweep_list(
      p_list, p_now, p_horizon, coalesce((p_after ->> 'at')::timestamptz, '-infinity'),
      coalesce((p_after ->> 'id')::uuid, '00000000-0000-0000-0000-000000000000'), v_most) as one;
  select jsonb_agg(found.it -> 'id' order by found.place), jsonb_agg(found.it order by found.place) -> -1
    into v_ids, v_last
    from (
      select it, place from jsonb_array_elements(v_looked_at) with ordinality as looked_at (it, place)
      where (it -> 'is_found') = 'true' order by place limit p_limit) found;
  return jsonb_build_object(
    'ids', coalesce(v_ids, '[]'),
    'after', case
      when jsonb_array_length(v_ids) = p_limit then v_last - 'is_found'
      when jsonb_array_length(v_looked_at) = v_most then (v_looked_at -> -1) - 'is_found' end);
end;
$$;
revoke execute on function app.sweep_page from public;
