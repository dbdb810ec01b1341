-- Called by the sweep: contents about which nobody has decided in time go out or expire, as their schedules want, the most
-- overdue first; not while their workspace is stopped. {settled: how many, publications: theirs, which may be armed, more: whether there are others}.
create function public.settle_deadlines(p_now timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_due uuid[];
  v_id uuid;
begin
  select coalesce(array_agg(due.id order by due.approve_by, due.id), '{}') into v_due
    from (
      select c.id, c.approve_by from app.contents c
      join app.workspaces w on w.id = c.workspace_id and w.paused_at is null
      where c.status = 'pending_approval' and c.approve_by <= p_now
      order by c.approve_by, c.id limit v_limit + 1
      for no key update of c skip locked) due; -- whoever holds one is deciding about it
  foreach v_id in array v_due[1:v_limit] loop
    perform app.settle_deadline(v_id, p_now);
  end loop;
  return jsonb_build_object(
    'settled', least(cardinality(v_due), v_limit),
    'publications', (
      select coalesce(jsonb_agg(app.publication_json(p) order by p.publish_at, p.id), '[]')
      from app.publications p where p.content_id = any (v_due[1:v_limit]) and p.status = 'waiting'),
    'more', cardinality(v_due) > v_limit);
end;
$$;
revoke execute on function public.settle_deadlines from public, anon, authenticated, service_role;
grant execute on function public.settle_deadlines to service_role;
