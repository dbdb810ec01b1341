-- Makes publications of what a run has just written: p_handover = {status, approve_by, on_deadline, targets: [{item,
-- account_id, publish_at, late_at}]}. Contents that passed get its status; one that waits for review has its publications
-- too, which wait with it. What the schedule, or an account, has become while it was written is respected: such a
-- publication is there, cancelled. Called with the schedule locked.
create function app.hand_over(p_run app.runs, p_handover jsonb, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
  if not p_run.publishes or jsonb_typeof(p_handover) is distinct from 'object' then
    return;
  end if;
  -- Whoever is removing one of them right now does it before, or finds what is made here.
  perform from app.accounts a
    where a.id in (
      select target.account_id from jsonb_to_recordset(p_handover -> 'targets') as target (account_id uuid))
    order by a.id for share;
  insert into app.publications (
    workspace_id, schedule_id, content_id, account_id, requested_by, publish_at, late_at, created_at)
  select
    p_run.workspace_id, p_run.schedule_id, c.id, a.id, p_run.requested_by, target.publish_at, target.late_at, p_now
  from jsonb_to_recordset(p_handover -> 'targets') as target (
    item smallint, account_id uuid, publish_at timestamptz, late_at timestamptz)
  join app.contents c on c.run_id = p_run.id and c.item = target.item
  join app.accounts a on a.id = target.account_id and a.workspace_id = p_run.workspace_id;

  update app.contents c
    set status = (p_handover ->> 'status')::app.content_status,
        approve_by = case when p_handover ->> 'status' = 'pending_approval'
          then (p_handover ->> 'approve_by')::timestamptz end,
        on_deadline = case when p_handover ->> 'status' = 'pending_approval'
          then (p_handover ->> 'on_deadline')::app.deadline_action end
    where c.run_id = p_run.id and c.status = 'draft'
      and exists (select from app.publications p where p.content_id = c.id);
  perform app.cancel_each(array_agg(moot.id), moot.reason, p_now)
    from (
      select p.id, app.moot_reason(p) as reason
      from app.contents c join app.publications p on p.content_id = c.id where c.run_id = p_run.id) moot
    where moot.reason is not null group by moot.reason;
  perform app.want_approval(c, p_now, p_now)
    from app.contents c
    where c.run_id = p_run.id and c.status in ('pending_approval', 'needs_review')
      and exists (select from app.publications p where p.content_id = c.id and p.status = 'waiting');
end;
$$;
revoke execute on function app.hand_over from public;
