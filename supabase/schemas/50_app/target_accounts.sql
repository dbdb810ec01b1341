-- Where a schedule's contents go: accounts of its workspace that settings.targets names, in that order, removed ones left
-- out, with when something else goes out there or did last. What no reader would take as a list names nothing.
create function app.target_accounts(p_schedule app.schedules) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_most constant int := 500;
  v_wanted jsonb := p_schedule.settings -> 'targets';
begin
  if jsonb_typeof(v_wanted) is distinct from 'array' then
    return '[]';
  end if;
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'account', app.account_json(a),
        'taken', (
          select coalesce(jsonb_agg(known.at order by known.at), '[]') from (
            (select p.publish_at as at from app.publications p
              where p.account_id = a.id and p.status in ('waiting', 'publishing')
              order by p.publish_at desc limit v_most)
            union
            select a.last_published_at where a.last_published_at is not null) known))
      order by wanted.place), '[]')
    from (
      select named.id, min(named.place) as place
      from jsonb_array_elements_text(v_wanted) with ordinality as named (id, place) group by named.id) wanted
    join app.accounts a on a.id::text = wanted.id
    where a.workspace_id = p_schedule.workspace_id and a.status <> 'removed');
end;
$$;
revoke execute on function app.target_accounts from public;
