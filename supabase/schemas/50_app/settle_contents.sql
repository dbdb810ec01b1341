-- app.settle_content for several, in order of id, so that two never wait for each other in a circle. A deadline that has
-- passed decides first.
create function app.settle_contents(p_content_ids uuid[], p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_content_id uuid;
begin
  for v_content_id in select distinct content_id from unnest(p_content_ids) as content_id order by 1 loop
    perform app.settle_deadline(v_content_id, p_now);
    perform app.settle_content(v_content_id, p_now);
  end loop;
end;
$$;
revoke execute on function app.settle_contents from public;
