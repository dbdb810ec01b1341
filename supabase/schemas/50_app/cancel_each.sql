-- Cancels those of these publications that nobody is at work on: they wait, or a person was given them to post. What may
-- be out already stays as it is. How many there were; their contents follow. Who calls holds no content, and may hold
-- accounts and schedules.
create function app.cancel_each(p_ids uuid[], p_reason app.publication_reason, p_now timestamptz) returns int
language plpgsql set search_path = ''
as $$
declare
  v_ids uuid[];
begin
  -- In order of id, so that two never wait for each other in a circle.
  select coalesce(array_agg(locked.id), '{}') into v_ids
    from (
      select p.id from app.publications p
      where p.id = any (p_ids) and p.status in ('waiting', 'handed_off')
      order by p.id
      for no key update) locked;
  update app.publications p
    set status = 'cancelled', reason = p_reason, finished_at = p_now, retry_at = null
    where p.id = any (v_ids);
  perform app.resolve_alerts(p.workspace_id, '{handed_off}', p.id::text, p_now)
    from app.publications p where p.id = any (v_ids) order by p.id;
  perform app.settle_contents(
    (select array_agg(p.content_id) from app.publications p where p.id = any (v_ids)), p_now);
  return cardinality(v_ids);
end;
$$;
revoke execute on function app.cancel_each from public;
