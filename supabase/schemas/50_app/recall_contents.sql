-- What was written before in the schedule's workspace, of these kinds, newest first, at most p_most. Rejected ones are
-- remembered too; what has no memory is left out.
--
-- [{id, created_at, memory}], and of the schedule's own newest 30 (which are always there) also title, which is the
-- beginning where there is none, and angle.
create function app.recall_contents(p_schedule_id uuid, p_kinds app.content_type[], p_most int) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_workspace_id uuid := (select s.workspace_id from app.schedules s where s.id = p_schedule_id);
begin
  return (
    with own as (
      select newest.* from unnest(p_kinds) as wanted (kind) cross join lateral (
        select c.id, c.created_at, c.memory, c.angle,
          coalesce(c.title, left(c.body, 120), left(c.segments ->> 0, 120), '') as title
        from app.contents c
        where c.schedule_id = p_schedule_id and c.kind = wanted.kind and c.memory is not null
        order by c.created_at desc, c.id desc limit 30) newest
      order by newest.created_at desc, newest.id desc limit 30
    ), whole as (
      select newest.* from unnest(p_kinds) as wanted (kind) cross join lateral (
        select c.id, c.created_at, c.memory from app.contents c
        where c.workspace_id = v_workspace_id and c.kind = wanted.kind and c.memory is not null
        order by c.created_at desc, c.id desc limit p_most) newest
      order by newest.created_at desc, newest.id desc limit p_most
    ), found as (
      select o.created_at, o.id, to_jsonb(o) as it from own o
      union all
      select w.created_at, w.id, to_jsonb(w) from whole w where w.id not in (select o.id from own o))
    select coalesce(jsonb_agg(found.it order by found.created_at desc, found.id desc), '[]') from found);
end;
$$;
revoke execute on function app.recall_contents from public;
