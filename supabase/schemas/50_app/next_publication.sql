-- The earliest of an account's publications that may be sent now: its time has come and not passed, it is approved
-- (app.is_approved) and still wanted (app.moot_reason). Whether the account takes anything now is not asked. They are looked
-- at in their order, a few at a time: it costs what is in front of it, not what the account has waiting.
create function app.next_publication(p_account_id uuid, p_now timestamptz) returns uuid
language plpgsql stable set search_path = ''
as $$
declare
  v_few constant int := 20;
  v_at timestamptz := '-infinity';
  v_id uuid := '00000000-0000-0000-0000-000000000000';
  v_is_next boolean;
  v_count int;
begin
  loop
    v_count := 0;
    for v_at, v_id, v_is_next in
      select few.publish_at, few.id, few.is_ready and exists (
        select from app.contents c join app.schedules s on s.id = c.schedule_id
        where c.id = few.content_id
          and (c.status in ('pending_publish', 'published')
            or (c.status = 'pending_approval' and c.on_deadline = 'publish' and c.approve_by <= p_now))
          and s.deleted_at is null
          and (few.requested_by is not null or s.is_active or s.finished_at is not null))
      from (
        select p.publish_at, p.id, p.content_id, p.requested_by,
          coalesce(p.retry_at <= p_now, true) and coalesce(p.late_at > p_now, true) as is_ready
        from app.publications p
        where p.account_id = p_account_id and p.status = 'waiting' and p.publish_at <= p_now
          and (p.publish_at, p.id) > (v_at, v_id)
        order by p.publish_at, p.id limit v_few) few
      order by few.publish_at, few.id
    loop
      if v_is_next then
        return v_id;
      end if;
      v_count := v_count + 1;
    end loop;
    exit when v_count < v_few;
  end loop;
  return null;
end;
$$;
revoke execute on function app.next_publication from public;
