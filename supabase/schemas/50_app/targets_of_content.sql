-- The accounts that the schedule of a content names as its targets.
create function app.targets_of_content(p_content_id uuid) returns uuid[]
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select array_agg((target.it -> 'account' ->> 'id')::uuid)
    from app.contents c join app.schedules s on s.id = c.schedule_id
    cross join jsonb_array_elements(app.target_accounts(s)) as target (it)
    where c.id = p_content_id);
end;
$$;
revoke execute on function app.targets_of_content from public;
