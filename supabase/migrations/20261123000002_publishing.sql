-- Publishing: publications are made when a run is saved, claimed one at a time of an account, and moved on whatever dies.

-- schemas/28_publications.sql

alter table app.publications
  add column sent_fence bigint,
  add check (sent_fence is null or attempted_at is not null);
create index publications_unarmed on app.publications (publish_at, id)
  where status = 'waiting' and (armed_for is null or armed_for < greatest(publish_at, retry_at));
create index publications_armed on app.publications (armed_for, id) where status = 'waiting' and armed_for is not null;
create index publications_late on app.publications (late_at, id) where status = 'waiting' and late_at is not null;
create index publications_late_of on app.publications (account_id, late_at) where status = 'waiting' and late_at is not null;
create index publications_held on app.publications (account_id) where lease_until is not null;

-- schemas/50_app/account_json.sql

-- An account as every caller sees it: all columns, durations as numbers of seconds. Its credentials are elsewhere.
create function app.account_json(p_account app.accounts) returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(p_account) || jsonb_build_object('spacing', trim_scale(extract(epoch from p_account.spacing)))
    where p_account.id is not null;
$$;
revoke execute on function app.account_json from public;

-- schemas/50_app/begin_run.sql

drop function app.begin_run;
-- Stores a run that was wanted (app.wanted_run, with due_at or idempotency_key) and reserved for: its first attempt begins
-- now under p_lease. p_lease null: nobody has begun it; it waits for a message, or for the sweep.
create function app.begin_run(
  p_run app.runs, p_schedule app.schedules, p_claim_id text, p_message_id text, p_lease interval, p_now timestamptz
) returns app.runs
language plpgsql set search_path = ''
as $$
declare
  v_is_begun boolean := p_lease is not null;
begin
  insert into app.runs (
    workspace_id, schedule_id, trigger, due_at, idempotency_key, requested_by, status, revision, attempt, claim_id,
    fence, lease_until, retry_at, late_at, message_id, reserved_day, worst_cost, reserved_cost, created_at, started_at,
    item_count, quality, priority, retries, publishes)
  values (
    p_run.workspace_id, p_run.schedule_id,
    case when p_run.due_at is null then 'manual' else 'schedule' end::app.run_trigger,
    p_run.due_at, p_run.idempotency_key, p_run.requested_by,
    case when v_is_begun then 'running' else 'retrying' end::app.run_status,
    p_run.revision, v_is_begun::int, p_claim_id, nextval('app.run_fences'), p_now + p_lease,
    case when not v_is_begun then p_now end, case when p_run.due_at is not null then p_schedule.late_at end,
    p_message_id, app.utc_day(p_now), p_run.worst_cost, p_run.worst_cost, p_now, case when v_is_begun then p_now end,
    p_run.item_count, p_run.quality, p_run.priority, p_run.retries, p_run.publishes)
  returning * into p_run;
  return p_run;
end;
$$;
revoke execute on function app.begin_run from public;

-- schemas/50_app/cancel_each.sql

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

-- schemas/50_app/cancel_scheduled.sql

-- Cancels what a schedule has waiting when it is paused or deleted, or when an edit moves it to other times: then only what
-- is still ahead and not begun. What a person asked for outlives all but the deletion. Their contents stay drafts. Called
-- with the schedule locked: nobody who holds a publication waits for a schedule. A claim may hold two publications of its
-- account, in any order: so accounts come first.
create function app.cancel_scheduled(
  p_schedule_id uuid, p_reason app.publication_reason, p_now timestamptz
) returns void
language plpgsql set search_path = ''
as $$
begin
  perform from app.accounts a
    where a.id in (
      select p.account_id from app.publications p where p.schedule_id = p_schedule_id and p.status = 'waiting')
    order by a.id for no key update;
  perform app.cancel_each(
    (select array_agg(p.id) from app.publications p
      where p.schedule_id = p_schedule_id and p.status = 'waiting'
        and (p.requested_by is null or p_reason = 'deleted')
        and (p_reason <> 'superseded' or (p.publish_at > p_now and p.parts = '[]'))),
    p_reason, p_now);
end;
$$;
revoke execute on function app.cancel_scheduled from public;

-- schemas/50_app/check_idle.sql

-- Refuses while somebody is at work on a publication: sending it, or reading its account back. One whose lease has ended is
-- nobody's, but what was sent of it is unknown until a claim has said so.
-- Refuses: publication_busy.
create function app.check_idle(p_publication app.publications, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
  if p_publication.status = 'publishing' or p_publication.lease_until > p_now then
    perform app.refuse_publication(p_publication, 'publication_busy', 'It is being sent, or looked for, right now.');
  end if;
end;
$$;
revoke execute on function app.check_idle from public;

-- schemas/50_app/check_publishable.sql

-- A content, locked, if it may go out: the gates or a person have said yes, and its schedule is not in the bin.
-- Refuses: schedule_deleted, content_status.
create function app.check_publishable(p_content_id uuid) returns app.contents
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
begin
  select c.* into v_content from app.contents c where c.id = p_content_id for no key update;
  if exists (select from app.schedules s where s.id = v_content.schedule_id and s.deleted_at is not null) then
    perform app.refuse(409, 'schedule_deleted', 'Its schedule was deleted; restore it first.');
  elsif v_content.status not in ('draft', 'pending_publish', 'published') then
    perform app.refuse(409, 'content_status', format('This content is %s.', v_content.status),
      jsonb_build_object('status', v_content.status));
  end if;
  return v_content;
end;
$$;
revoke execute on function app.check_publishable from public;

-- schemas/50_app/check_targets.sql

-- Locks accounts that a person wants to publish to, if each is the workspace's and can be used.
-- Refuses: no_targets, account_not_found, account_status.
create function app.check_targets(p_workspace_id uuid, p_account_ids uuid[]) returns void
language plpgsql set search_path = ''
as $$
declare
  v_account app.accounts;
begin
  if coalesce(cardinality(p_account_ids), 0) = 0 then
    perform app.refuse(409, 'no_targets', 'There is no account to publish to: name one, or give the schedule targets.');
  end if;
  perform from app.accounts a
    where a.id = any (p_account_ids) and a.workspace_id = p_workspace_id order by a.id for no key update;
  for v_account in
    select a.* from unnest(p_account_ids) as wanted (id)
      left join app.accounts a on a.id = wanted.id and a.workspace_id = p_workspace_id
  loop
    if v_account.id is null or v_account.status = 'removed' then
      perform app.refuse(404, 'account_not_found', 'There is no such account in this workspace.');
    elsif v_account.status <> 'active' then
      perform app.refuse(409, 'account_status', format('The account %s is %s.', v_account.name, v_account.status),
        jsonb_build_object('status', v_account.status, 'account_id', v_account.id));
    end if;
  end loop;
end;
$$;
revoke execute on function app.check_targets from public;

-- schemas/50_app/check_wanted.sql

-- Refuses to publish what cannot go out: its account cannot be used, its schedule is in the bin, or nobody has said yes to
-- its content. Locks the content.
-- Refuses: account_status, schedule_deleted, content_status.
create function app.check_wanted(p_publication app.publications) returns void
language plpgsql set search_path = ''
as $$
declare
  v_account app.accounts;
begin
  select a.* into v_account from app.accounts a where a.id = p_publication.account_id;
  if v_account.status <> 'active' then
    perform app.refuse(409, 'account_status', format('The account %s is %s.', v_account.name, v_account.status),
      jsonb_build_object('status', v_account.status, 'account_id', v_account.id));
  end if;
  perform app.check_publishable(p_publication.content_id);
end;
$$;
revoke execute on function app.check_wanted from public;

-- schemas/50_app/claim_answer.sql

drop function app.claim_answer;
-- The answer of every claim, with the schedule as it is after it. Who has claimed a run also gets, in the same round
-- trip, what writing needs: what earlier attempts have paid for, what was written before (app.recall_contents), and where
-- it goes (app.target_accounts). Of a run that has ended, `publications` are those that still want a message.
create function app.claim_answer(p_outcome text, p_reason text, p_run app.runs, p_schedule_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_most_recalled constant int := 2000;
  v_answer jsonb := jsonb_build_object(
    'outcome', p_outcome,
    'reason', p_reason,
    'run', app.run_json(p_run),
    'lease_until', p_run.lease_until,
    'schedule', app.fresh_schedule(p_schedule_id));
begin
  if p_outcome = 'duplicate' then
    return v_answer || jsonb_build_object('publications', app.unarmed_publications(p_run.id));
  elsif p_outcome <> 'claimed' then
    return v_answer;
  end if;
  return v_answer || jsonb_build_object(
    'answers', (
      select coalesce(jsonb_agg(to_jsonb(a) - 'run_id' order by a.item, a.step, a.created_at), '[]')
      from app.answers a where a.run_id = p_run.id),
    'recalled', (
      select app.recall_contents(s.id, app.same_platform(s.content_type), v_most_recalled)
      from app.schedules s where s.id = p_schedule_id),
    'targets', (
      select case when p_run.publishes then app.target_accounts(s) else '[]' end
      from app.schedules s where s.id = p_schedule_id));
end;
$$;
revoke execute on function app.claim_answer from public;

-- schemas/50_app/close_letters.sql

-- What an open letter said of a publication has come to an end: p_event is what did it.
create function app.close_letters(
  p_publication_id uuid, p_status app.dead_letter_status, p_event text, p_now timestamptz
) returns void
language sql set search_path = ''
as $$
  update app.dead_letters d
    set letter_status = p_status, redrive_at = null,
        history = d.history || jsonb_build_object('at', p_now, 'event', p_event)
    where d.publication_id = p_publication_id and d.letter_status = 'open';
$$;
revoke execute on function app.close_letters from public;

-- schemas/50_app/content_publications.sql

-- All publications of a content, in the order in which they are wanted.
create function app.content_publications(p_content_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(app.publication_json(p) order by p.publish_at, p.id), '[]')
    from app.publications p where p.content_id = p_content_id);
end;
$$;
revoke execute on function app.content_publications from public;

-- schemas/50_app/content_workspace.sql

-- The workspace of a content that the signed-in person may read.
-- Refuses: content_not_found.
create function app.content_workspace(p_content_id uuid) returns uuid
language plpgsql stable set search_path = ''
as $$
declare
  v_workspace_id uuid;
begin
  select c.workspace_id into v_workspace_id
    from app.contents c
    join app.members m on m.workspace_id = c.workspace_id and m.user_id = (select auth.uid())
    where c.id = p_content_id;
  if v_workspace_id is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content in your workspaces.');
  end if;
  return v_workspace_id;
end;
$$;
revoke execute on function app.content_workspace from public;

-- schemas/50_app/end_hopeless.sql

-- Ends those of an account's publications that wait in vain: their time has passed; and the named one if nobody wants it
-- any more, or nobody has said yes in time. A bounded number at a time; the sweep comes again. The contents of those that ended. Called with the account
-- locked, after the last publication that the caller locks.
create function app.end_hopeless(p_account app.accounts, p_publication_id uuid, p_now timestamptz) returns uuid[]
language plpgsql set search_path = ''
as $$
declare
  v_most constant int := 100;
  v_found app.publications[];
  v_publication app.publications;
begin
  -- Whoever holds one of them is ending it too.
  select coalesce(array_agg(hopeless.p), '{}') into v_found
    from (
      select p from app.publications p
      where p.status = 'waiting' and p.id in (
        (select late.id from app.publications late
          where late.account_id = p_account.id and late.status = 'waiting' and late.late_at <= p_now
          order by late.late_at limit v_most)
        union all
        select named.id from app.publications named
          where named.id = p_publication_id
            and (app.moot_reason(named) is not null or app.has_expired(named.content_id, p_now)))
      order by p.id
      for no key update skip locked) hopeless;
  foreach v_publication in array v_found loop
    perform app.write_settlement(
      v_publication, p_account,
      -- One that is not wanted any more is cancelled for that when it is to wait again.
      case when app.moot_reason(v_publication) is null then app.late_settlement(v_publication, p_account)
        else '{"status": "waiting"}' end, p_now);
  end loop;
  return (select array_agg(ended.content_id) from unnest(v_found) as ended);
end;
$$;
revoke execute on function app.end_hopeless from public;

-- schemas/50_app/follow_publication.sql

-- What follows from what became of a publication: its account's standing, who is told, and the dead letter. Called by
-- write_settlement.
create function app.follow_publication(
  p_publication app.publications, p_account app.accounts, p_settlement jsonb, p_now timestamptz
) returns void
language plpgsql set search_path = ''
as $$
declare
  v_account jsonb := p_settlement -> 'account';
  v_kind app.alert_kind := case
    when p_publication.status = 'handed_off' then 'handed_off'
    when p_publication.status = 'unknown' and p_publication.read_at is null then 'publication_unknown'
    -- An account that cannot be used is one matter, however many publications it keeps back.
    when p_publication.status = 'failed' and p_publication.reason <> 'account' then 'publication_failed' end;
begin
  if v_account ? 'throttled_until' then
    update app.accounts a
      set throttled_until = greatest(a.throttled_until, (v_account ->> 'throttled_until')::timestamptz)
      where a.id = p_account.id;
  elsif v_account ? 'status' then
    perform app.mark_account(p_account, (v_account ->> 'status')::app.account_status, v_account ->> 'reason', p_now);
  end if;
  if p_publication.status = 'published' then
    update app.accounts a set last_published_at = greatest(a.last_published_at, p_now) where a.id = p_account.id;
    perform app.close_letters(p_publication.id, 'settled', 'published', p_now);
  elsif p_publication.status = 'cancelled' then
    perform app.close_letters(p_publication.id, 'settled', 'cancelled', p_now);
  elsif p_publication.status = 'failed' then
    perform app.open_letter(
      p_publication, (p_settlement ->> 'cause')::app.dead_letter_cause, p_settlement -> 'error', p_now);
  end if;
  perform app.resolve_alerts(
    p_publication.workspace_id, array_remove('{publication_failed,publication_unknown,handed_off}'::app.alert_kind[], v_kind),
    p_publication.id::text, p_now);
  if v_kind is not null then
    perform app.raise_alert(
      p_publication.workspace_id, p_publication.schedule_id, v_kind, p_publication.id::text,
      jsonb_strip_nulls(jsonb_build_object(
        'reason', p_publication.reason, 'message', left(p_settlement -> 'error' ->> 'message', 500))), p_now,
      p_account_id => p_account.id, p_content_id => p_publication.content_id,
      -- Nobody is written to before it has been driven again by itself once.
      p_notify_at => case when not exists (
        select from app.dead_letters d
        where d.publication_id = p_publication.id and d.redrive_at is not null and d.redrives = 0) then p_now end);
  end if;
end;
$$;
revoke execute on function app.follow_publication from public;

-- schemas/50_app/fresh_publication.sql

-- A publication as it stands after this transaction's writes, for answers.
create function app.fresh_publication(p_publication_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return (select app.publication_json(p) from app.publications p where p.id = p_publication_id);
end;
$$;
revoke execute on function app.fresh_publication from public;

-- schemas/50_app/gather_publications.sql

-- Lets nobody else make publications of a content until this transaction ends. For those who lock all of them, and then the
-- content: one that was made in between would be locked after it, and so in the wrong order. Called before any lock.
create function app.gather_publications(p_content_id uuid) returns void
language plpgsql set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('publications of ' || p_content_id, 0));
end;
$$;
revoke execute on function app.gather_publications from public;

-- schemas/50_app/hand_over.sql

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

-- schemas/50_app/has_expired.sql

-- Whether the time in which somebody was to say yes to a content has passed, and its schedule takes that for a no.
create function app.has_expired(p_content_id uuid, p_now timestamptz) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return exists (
    select from app.contents c
    where c.id = p_content_id and c.status = 'pending_approval' and c.on_deadline = 'skip' and c.approve_by <= p_now);
end;
$$;
revoke execute on function app.has_expired from public;

-- schemas/50_app/idle_answer.sql

-- What claim_publication answers when nothing of the account can be done now: the named one waits until again_at, or for a
-- person; or it has ended, or will presently.
create function app.idle_answer(p_named app.publications, p_is_active boolean, p_now timestamptz) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_ready_at timestamptz := app.ready_at(p_named);
begin
  if p_named.status in ('published', 'failed', 'cancelled')
    or (p_named.status = 'waiting' and (
      p_named.late_at <= p_now or app.moot_reason(p_named) is not null or app.has_expired(p_named.content_id, p_now)))
  then
    return jsonb_build_object('outcome', 'done', 'publication_id', p_named.id);
  end if;
  return jsonb_build_object(
    'outcome', 'waiting', 'publication_id', p_named.id,
    'again_at', case
      when v_ready_at > p_now and p_is_active and (p_named.status = 'unknown' or (
        select app.is_approved(c, v_ready_at) from app.contents c where c.id = p_named.content_id))
      then v_ready_at end);
end;
$$;
revoke execute on function app.idle_answer from public;

-- schemas/50_app/is_approved.sql

-- Whether a content may go out by p_at: somebody, or the gates alone where nobody is asked, have said yes; or nobody will
-- have objected in time, and its schedule takes that for a yes.
create function app.is_approved(p_content app.contents, p_at timestamptz) returns boolean
language sql immutable set search_path = ''
as $$
  select p_content.status in ('pending_publish', 'published')
    or coalesce(
      p_content.status = 'pending_approval' and p_content.on_deadline = 'publish' and p_content.approve_by <= p_at, false);
$$;
revoke execute on function app.is_approved from public;

-- schemas/50_app/is_halted.sql

-- Whether nothing of a publication's account can be sent for now: its workspace is stopped, or the account is to be connected
-- again. Both may go on.
create function app.is_halted(p_publication app.publications) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return exists (select from app.workspaces w where w.id = p_publication.workspace_id and w.paused_at is not null)
    or exists (
      select from app.accounts a
      where a.id = p_publication.account_id and a.status in ('needs_reauth', 'disabled'));
end;
$$;
revoke execute on function app.is_halted from public;

-- schemas/50_app/is_missed.sql

-- Whether no message stands for a publication at this instant, or the one that did should have come ten minutes ago; one that
-- was sent since may still be on its way.
create function app.is_missed(p_publication app.publications, p_at timestamptz, p_now timestamptz) returns boolean
language sql immutable set search_path = ''
as $$
  select p_publication.armed_for is null or p_publication.armed_for < p_at
    or greatest(p_publication.armed_for, p_publication.armed_at) < p_now - interval '10 minutes';
$$;
revoke execute on function app.is_missed from public;

-- schemas/50_app/is_readable.sql

-- Whether the account of a publication whose outcome is unknown can be read back, and nobody is at it.
create function app.is_readable(p_publication app.publications, p_now timestamptz) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return coalesce(p_publication.lease_until <= p_now, true) and not app.is_stopped(p_publication.workspace_id)
    and exists (
      select from app.accounts a
      where a.id = p_publication.account_id and a.status = 'active'
        and (p_publication.armed_for is null or coalesce(a.throttled_until < p_now - interval '10 minutes', true)));
end;
$$;
revoke execute on function app.is_readable from public;

-- schemas/50_app/is_sendable.sql

-- Whether a claim can, now or at its time, do anything about a publication that waits: send it, as far as its account and
-- its content go, or end it. Not while its workspace is stopped, a person has yet to say yes or to connect the account
-- again, or the account takes nothing for a while.
create function app.is_sendable(p_publication app.publications, p_now timestamptz) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select w.paused_at is null and (
      a.status = 'removed' or c.status in ('rejected', 'expired')
      or (a.status = 'active' and (
        c.status in ('pending_publish', 'published')
        or (c.status = 'pending_approval' and coalesce(c.on_deadline = 'publish', false)))))
      and coalesce(p_publication.armed_for is null
        or greatest(a.throttled_until, a.last_published_at + a.spacing) < p_now - interval '10 minutes', true)
    from app.workspaces w, app.accounts a, app.contents c
    where w.id = p_publication.workspace_id and a.id = p_publication.account_id and c.id = p_publication.content_id);
end;
$$;
revoke execute on function app.is_sendable from public;

-- schemas/50_app/is_stopped.sql

-- Whether a workspace is stopped.
create function app.is_stopped(p_workspace_id uuid) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return exists (select from app.workspaces w where w.id = p_workspace_id and w.paused_at is not null);
end;
$$;
revoke execute on function app.is_stopped from public;

-- schemas/50_app/is_truth.sql

-- Whether what somebody tells of a publication that is not theirs any more is kept all the same: it is the outcome of the
-- very call that nobody knew the outcome of; or it is out, which is true whoever says so.
create function app.is_truth(p_publication app.publications, p_fence bigint, p_settlement jsonb) returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(
    (p_publication.status = 'unknown' and p_publication.sent_fence = p_fence and p_settlement ->> 'status' <> 'unknown')
      or (p_publication.status <> 'published' and p_fence <= p_publication.fence
        and p_settlement ->> 'status' = 'published'), false);
$$;
revoke execute on function app.is_truth from public;

-- schemas/50_app/known_parts.sql

-- A publication's parts with those that p_parts tells, [{external_id, url}] from the first on. A part that was written down
-- once is never lost again.
create function app.known_parts(p_publication app.publications, p_parts jsonb, p_now timestamptz) returns jsonb
language sql immutable set search_path = ''
as $$
  select p_publication.parts || coalesce((
    select jsonb_agg(
      jsonb_build_object('external_id', told.it -> 'external_id', 'url', told.it -> 'url', 'at', p_now) order by told.place)
    from jsonb_array_elements(case when jsonb_typeof(p_parts) = 'array' then p_parts else '[]' end)
      with ordinality as told (it, place)
    where told.place > jsonb_array_length(p_publication.parts)), '[]');
$$;
revoke execute on function app.known_parts from public;

-- schemas/50_app/late_settlement.sql

-- What becomes of a publication whose time has passed while it waited, as write_settlement takes it: nobody had said yes,
-- the account could not be used, or nobody came.
create function app.late_settlement(p_publication app.publications, p_account app.accounts) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_is_approved boolean := (
    select app.is_approved(c, 'infinity') from app.contents c where c.id = p_publication.content_id);
begin
  return case
    when not v_is_approved then jsonb '{"status": "cancelled", "reason": "expired"}'
    when p_account.status <> 'active' then jsonb '{"status": "failed", "reason": "account", "cause": "account"}'
    else jsonb '{"status": "failed", "reason": "late", "cause": "attempts"}' end;
end;
$$;
revoke execute on function app.late_settlement from public;

-- schemas/50_app/lock_next_publication.sql

-- app.next_publication, locked; another one if it was cancelled meanwhile. Null: nothing of the account is ready.
create function app.lock_next_publication(p_account_id uuid, p_now timestamptz) returns app.publications
language plpgsql set search_path = ''
as $$
declare
  v_id uuid;
  v_publication app.publications;
begin
  loop
    v_id := app.next_publication(p_account_id, p_now);
    select p.* into v_publication from app.publications p
      where p.id = v_id and p.status = 'waiting' for no key update;
    exit when v_id is null or v_publication.id is not null;
  end loop;
  return v_publication;
end;
$$;
revoke execute on function app.lock_next_publication from public;

-- schemas/50_app/lock_publication.sql

-- A publication, locked behind its account as everybody does who writes about one. Null for an unknown id.
create function app.lock_publication(p_publication_id uuid) returns app.publications
language plpgsql set search_path = ''
as $$
declare
  v_publication app.publications;
begin
  perform from app.accounts a
    join app.publications p on p.account_id = a.id where p.id = p_publication_id for no key update of a;
  select p.* into v_publication from app.publications p where p.id = p_publication_id for no key update;
  return v_publication;
end;
$$;
revoke execute on function app.lock_publication from public;

-- schemas/50_app/may_be_out.sql

-- Whether a publication may be out without our knowing: nobody knows what became of its call, or a person has said that
-- nobody is to look any further.
create function app.may_be_out(p_publication app.publications) returns boolean
language sql immutable set search_path = ''
as $$
  select p_publication.status = 'unknown'
    or coalesce(p_publication.status = 'cancelled' and p_publication.reads -> -1 ->> 'outcome' = 'voided', false);
$$;
revoke execute on function app.may_be_out from public;

-- schemas/50_app/may_send.sql

-- Whether what was claimed is still to be sent as it was. Waits for whoever is changing the content right now, and locks it:
-- a lock that is shared could not become ours when it is to be put back. A thread
-- whose first posts are out is not left half by a pause of its schedule.
create function app.may_send(p_publication app.publications, p_version int, p_now timestamptz) returns boolean
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
  v_moot app.publication_reason;
begin
  select c.* into v_content from app.contents c where c.id = p_publication.content_id for no key update;
  v_moot := app.moot_reason(p_publication);
  return v_content.version = p_version and v_content.status in ('pending_publish', 'published')
    and coalesce(p_publication.late_at > p_now, true)
    and (v_moot is null or (v_moot = 'paused' and p_publication.parts <> '[]'))
    and exists (select from app.accounts a where a.id = p_publication.account_id and a.status = 'active')
    and exists (select from app.workspaces w where w.id = p_publication.workspace_id and w.paused_at is null);
end;
$$;
revoke execute on function app.may_send from public;

-- schemas/50_app/moot_reason.sql

-- Why a publication that waits is not wanted any more; null: it is. A person's own wish outlives a pause of its schedule,
-- not its deletion.
create function app.moot_reason(p_publication app.publications) returns app.publication_reason
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select case
      when a.status = 'removed' then 'removed'
      when c.status = 'rejected' then 'rejected'
      when c.status = 'expired' then 'expired'
      when s.deleted_at is not null then 'deleted'
      -- Finished is not paused: what its last occurrence wrote still goes out.
      when p_publication.requested_by is null and not s.is_active and s.finished_at is null then 'paused'
    end::app.publication_reason
    from app.accounts a, app.contents c, app.schedules s
    where a.id = p_publication.account_id and c.id = p_publication.content_id and s.id = p_publication.schedule_id);
end;
$$;
revoke execute on function app.moot_reason from public;

-- schemas/50_app/next_publication.sql

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

-- schemas/50_app/noted_errors.sql

-- A publication's errors with one more, {at, attempt, fault, code, message}; the newest twenty are kept.
create function app.noted_errors(p_publication app.publications, p_error jsonb, p_now timestamptz) returns jsonb
language sql immutable set search_path = ''
as $$
  select case when jsonb_typeof(p_error) is distinct from 'object' then p_publication.errors else (
    select jsonb_agg(newest.it order by newest.place)
    from (
      select it, place from jsonb_array_elements(
        p_publication.errors || jsonb_build_array(
          jsonb_build_object('at', p_now, 'attempt', p_publication.attempt) || jsonb_build_object(
            'fault', p_error -> 'fault', 'code', p_error -> 'code', 'message', left(p_error ->> 'message', 500))))
        with ordinality as known (it, place)
      order by place desc limit 20) newest) end;
$$;
revoke execute on function app.noted_errors from public;

-- schemas/50_app/open_letter.sql

-- Notes that a publication was given up: one open letter of it at a time, in whose history a repetition is. Passing causes
-- are driven again by themselves, a few times, later and later; what is too late, or would be then, is not.
create function app.open_letter(
  p_publication app.publications, p_cause app.dead_letter_cause, p_error jsonb, p_now timestamptz
) returns void
language plpgsql set search_path = ''
as $$
declare
  v_most_redrives constant int := 3;
  v_redrives smallint := coalesce((
    select max(d.redrives) from app.dead_letters d where d.publication_id = p_publication.id), 0);
  v_again_at timestamptz := p_now + interval '1 hour' * (4 ^ v_redrives);
  v_redrive_at timestamptz := case
    when p_cause = 'attempts' and p_publication.reason = 'attempts' and v_redrives < v_most_redrives
      and coalesce(v_again_at < p_publication.late_at, true)
    then v_again_at end;
  v_event jsonb := jsonb_strip_nulls(jsonb_build_object(
    'at', p_now, 'event', 'failed', 'reason', p_publication.reason, 'code', p_error -> 'code',
    'message', left(p_error ->> 'message', 500)));
begin
  insert into app.dead_letters as d (
    workspace_id, schedule_id, run_id, publication_id, outcome, cause, history, redrives, redrive_at, created_at, settled_at)
  select
    p_publication.workspace_id, p_publication.schedule_id, c.run_id, p_publication.id, 'failed', p_cause,
    jsonb_build_array(v_event), v_redrives, v_redrive_at, p_now, p_now
  from app.contents c where c.id = p_publication.content_id
  on conflict (publication_id) where letter_status = 'open'
  do update set cause = excluded.cause, history = d.history || v_event, redrive_at = excluded.redrive_at;
end;
$$;
revoke execute on function app.open_letter from public;

-- schemas/50_app/open_publication.sql

-- A publication, locked behind its account for change by the signed-in person, an owner or editor. Another tenant's
-- publication does not exist for them.
create function app.open_publication(p_publication_id uuid) returns app.publications
language plpgsql set search_path = ''
as $$
declare
  v_workspace_id uuid := app.publication_workspace(p_publication_id);
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  return app.lock_publication(p_publication_id);
end;
$$;
revoke execute on function app.open_publication from public;

-- schemas/50_app/publication_claim_answer.sql

-- The answer of claim_publication: whoever may act on it also gets what sending needs, in the same round trip.
create function app.publication_claim_answer(
  p_outcome text, p_publication_id uuid, p_again_at timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_answer jsonb;
begin
  select jsonb_build_object(
      'outcome', p_outcome, 'publication', app.publication_json(p), 'account', app.account_json(a), 'again_at', p_again_at)
      || case when p_outcome not in ('claimed', 'reading') then '{}' else jsonb_build_object(
        'content', app.content_json(c),
        'language', case when jsonb_typeof(s.settings -> 'language') = 'string' then s.settings ->> 'language' end,
        'credentials', (
          select jsonb_build_object(
            'key_id', k.key_id, 'sealed', k.sealed, 'version', k.version, 'expires_at', k.expires_at)
          from app.credentials k where k.account_id = a.id)) end
    into v_answer
    from app.publications p
    join app.accounts a on a.id = p.account_id
    join app.contents c on c.id = p.content_id
    join app.schedules s on s.id = p.schedule_id
    where p.id = p_publication_id;
  return v_answer;
end;
$$;
revoke execute on function app.publication_claim_answer from public;

-- schemas/50_app/publication_json.sql

-- A publication as every caller sees it: all columns, where its account is, and when it can go on by itself.
create function app.publication_json(p_publication app.publications) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select to_jsonb(p_publication) || jsonb_build_object(
      'platform', a.platform, 'account_name', a.name, 'ready_at', app.ready_at(p_publication))
    from app.accounts a where a.id = p_publication.account_id);
end;
$$;
revoke execute on function app.publication_json from public;

-- schemas/50_app/publication_turn.sql

-- Which of an account's publications a claim gets, and as what: {outcome, publication_id, again_at} as claim_publication
-- answers them, and is_held when the claimant has it already. Called with the account locked; what is to be sent is locked
-- here. Schedules, contents and the workspace are read without a lock: begin_attempt looks again.
create function app.publication_turn(
  p_account app.accounts, p_publication_id uuid, p_claim_id text, p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_is_active boolean := p_account.status = 'active';
  v_named app.publications;
  v_other app.publications;
  v_next app.publications;
  v_reads boolean;
  v_again_at timestamptz;
begin
  select p.* into v_named from app.publications p where p.id = p_publication_id;
  select p.* into v_other from app.publications p
    where p.account_id = p_account.id and p.lease_until is not null
      and (p.status = 'publishing' or (p.status = 'unknown' and p.lease_until > p_now));
  -- The same claimant asks again because the answer was lost on the way; not once it has begun to send.
  if v_other.claim_id = p_claim_id and (v_other.status = 'unknown' or v_other.attempted_at is null) then
    return jsonb_build_object(
      'outcome', case v_other.status when 'unknown' then 'reading' else 'claimed' end, 'publication_id', v_other.id,
      'is_held', true);
  elsif exists (select from app.workspaces w where w.id = p_account.workspace_id and w.paused_at is not null) then
    return jsonb_build_object('outcome', 'held', 'publication_id', p_publication_id);
  end if;

  v_reads := v_named.status = 'unknown' and v_named.read_at <= p_now and v_is_active;
  if v_is_active and not v_reads then
    v_next := app.lock_next_publication(p_account.id, p_now);
  end if;
  if v_reads or v_next.id is not null or v_named.status = 'publishing' then
    if v_other.id is not null then
      return jsonb_build_object(
        'outcome', 'busy', 'publication_id', p_publication_id, 'again_at', v_other.lease_until);
    end if;
    -- The rest of a thread does not keep its distance from its beginning.
    v_again_at := greatest(
      p_account.throttled_until, case
        when v_next.parts = '[]' and p_account.spacing > '0' then p_account.last_published_at + p_account.spacing end);
    if v_again_at > p_now then
      return jsonb_build_object('outcome', 'throttled', 'publication_id', p_publication_id, 'again_at', v_again_at);
    end if;
    return jsonb_build_object(
      'outcome', case when v_reads then 'reading' else 'claimed' end,
      'publication_id', coalesce(v_next.id, p_publication_id));
  end if;
  return app.idle_answer(v_named, v_is_active, p_now);
end;
$$;
revoke execute on function app.publication_turn from public;

-- schemas/50_app/publication_workspace.sql

-- The workspace of a publication that the signed-in person may read.
-- Refuses: publication_not_found.
create function app.publication_workspace(p_publication_id uuid) returns uuid
language plpgsql stable set search_path = ''
as $$
declare
  v_workspace_id uuid;
begin
  select p.workspace_id into v_workspace_id
    from app.publications p
    join app.members m on m.workspace_id = p.workspace_id and m.user_id = (select auth.uid())
    where p.id = p_publication_id;
  if v_workspace_id is null then
    perform app.refuse(404, 'publication_not_found', 'There is no such publication in your workspaces.');
  end if;
  return v_workspace_id;
end;
$$;
revoke execute on function app.publication_workspace from public;

-- schemas/50_app/ready_at.sql

-- When a publication can go on by itself; its account, an approval or the stop of its workspace may still be in the way.
-- Null: a person decides, or it has ended.
create function app.ready_at(p_publication app.publications) returns timestamptz
language sql immutable set search_path = ''
as $$
  select case p_publication.status
    when 'waiting' then greatest(p_publication.publish_at, p_publication.retry_at)
    when 'publishing' then p_publication.lease_until
    when 'unknown' then p_publication.read_at end;
$$;
revoke execute on function app.ready_at from public;

-- schemas/50_app/refuse_publication.sql

-- Ends the call: a publication's status does not allow what a person wants of it, and p_sentence says why.
create function app.refuse_publication(p_publication app.publications, p_code text, p_sentence text) returns void
language plpgsql set search_path = ''
as $$
begin
  perform app.refuse(409, p_code, p_sentence, jsonb_build_object('status', p_publication.status));
end;
$$;
revoke execute on function app.refuse_publication from public;

-- schemas/50_app/release_lapsed.sql

-- Moves an account's publications on whose holder's lease has ended. Nothing was sent: it waits again, a little longer each
-- time, so that one on which every holder dies does not keep the others waiting; too often, and it is given up. Something
-- may have been sent: it is unknown, never to be sent again on hope. The fence stays, so that a holder who comes back with
-- the outcome is believed. Its content, if there was one, for the caller to settle. Called with the account locked.
create function app.release_lapsed(p_account app.accounts, p_now timestamptz) returns uuid
language plpgsql set search_path = ''
as $$
declare
  v_most_attempts constant int := 12;
  v_publication app.publications;
begin
  select p.* into v_publication from app.publications p
    where p.account_id = p_account.id and p.status = 'publishing' and p.lease_until <= p_now
    for no key update;
  if v_publication.id is null then
    return null;
  elsif v_publication.attempted_at is not null then
    perform app.write_settlement(
      v_publication, p_account,
      jsonb_build_object('status', 'unknown', 'reason', 'interrupted', 'read_at', p_now), p_now);
  elsif v_publication.attempt >= v_most_attempts then
    perform app.write_settlement(
      v_publication, p_account,
      '{"status": "failed", "reason": "attempts", "cause": "attempts", "error": {"code": "interrupted"}}', p_now);
  else
    perform app.write_settlement(
      v_publication, p_account,
      jsonb_build_object(
        'status', 'waiting', 'error', jsonb_build_object('code', 'interrupted'),
        'retry_at', p_now + interval '1 minute' * (v_publication.attempt ^ 2)), p_now);
  end if;
  return v_publication.content_id;
end;
$$;
revoke execute on function app.release_lapsed from public;

-- schemas/50_app/release_readers.sql

-- Moves an account's unknown publications on whose reader has died, lease and all. They are to be looked for again, a little
-- later each time, and after a few times by a person: one on which every reader dies does not keep the others waiting for
-- ever. Called with the account locked.
create function app.release_readers(p_account app.accounts, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_most_readers constant int := 5;
  v_publication app.publications;
  v_readers int;
begin
  for v_publication in
    select p.* from app.publications p
    where p.account_id = p_account.id and p.status = 'unknown' and p.lease_until <= p_now
    order by p.id for no key update
  loop
    v_readers := 1 + (
      select count(*) from jsonb_array_elements(v_publication.reads) as read (it)
      where read.it ->> 'outcome' = 'interrupted');
    perform app.write_settlement(
      v_publication, p_account,
      jsonb_build_object(
        'status', 'unknown', 'reason', v_publication.reason, 'read', jsonb '{"outcome": "interrupted"}',
        'read_at', case when v_readers < v_most_readers then p_now + interval '1 minute' * (v_readers ^ 2) end), p_now);
  end loop;
end;
$$;
revoke execute on function app.release_readers from public;

-- schemas/50_app/request_publications.sql

-- A person's wish to see a content on these accounts from p_publish_at on: makes publications where there are none, and
-- revives those that have failed or were cancelled. What is out at the same account there, or may be, is not sent to it once
-- more because it was removed and connected anew. How many wait because of it. Called with accounts, the content's
-- publications and the content locked.
create function app.request_publications(
  p_content_id uuid, p_account_ids uuid[], p_user_id uuid, p_publish_at timestamptz, p_now timestamptz
) returns int
language plpgsql set search_path = ''
as $$
declare
  v_made int;
  v_revived int := 0;
  v_publication app.publications;
begin
  for v_publication in
    select p.* from app.publications p
    where p.content_id = p_content_id and p.account_id = any (p_account_ids) and p.status in ('failed', 'cancelled')
      and not app.may_be_out(p)
    order by p.id
  loop
    v_publication := app.revive_publication(v_publication, p_user_id, p_now);
    update app.publications p set publish_at = coalesce(p_publish_at, p_now) where p.id = v_publication.id;
    perform app.close_letters(v_publication.id, 'replayed', 'retried', p_now);
    v_revived := v_revived + 1;
  end loop;
  insert into app.publications (
    workspace_id, schedule_id, content_id, account_id, requested_by, publish_at, created_at)
  select c.workspace_id, c.schedule_id, c.id, wanted.id, p_user_id, coalesce(p_publish_at, p_now), p_now
  from app.contents c cross join (select distinct id from unnest(p_account_ids) as id) wanted
  where c.id = p_content_id and not exists (
    select from app.publications p
    join app.accounts before on before.id = p.account_id and before.status = 'removed'
    join app.accounts a on a.id = wanted.id and a.workspace_id = before.workspace_id and a.platform = before.platform
      and a.external_id = before.external_id
    where p.content_id = c.id and p.status in ('publishing', 'unknown', 'published'))
  on conflict (content_id, account_id) do nothing;
  get diagnostics v_made = row_count;
  if v_made > 0 then
    update app.contents c set status = 'pending_publish' where c.id = p_content_id and c.status = 'draft';
  end if;
  return v_made + v_revived;
end;
$$;
revoke execute on function app.request_publications from public;

-- schemas/50_app/revive_publication.sql

-- Lets a publication wait again that had ended, or whose outcome is unknown: from now on, or for its time if that is ahead,
-- with as many attempts as a new one. Parts that are out stay out. p_user_id: whose wish it is, which is never too late;
-- null: it is driven again by itself. Called with the publication locked behind its account; its content is locked here.
-- Refuses: account_status, schedule_deleted, content_status.
create function app.revive_publication(p_publication app.publications, p_user_id uuid, p_now timestamptz)
returns app.publications
language plpgsql set search_path = ''
as $$
begin
  perform app.check_wanted(p_publication);
  update app.publications p
    set status = 'waiting', reason = null, finished_at = null, retry_at = null, attempt = 0,
        requested_by = coalesce(p_user_id, p.requested_by), late_at = case when p_user_id is null then p.late_at end,
        publish_at = greatest(p.publish_at, p_now), lease_until = null, claim_id = null, attempted_at = null,
        sent_fence = null, read_at = null, reads = '[]', armed_for = null, armed_at = null, armed_message_id = null
    where p.id = p_publication.id
    returning p.* into p_publication;
  update app.contents c set status = 'pending_publish' where c.id = p_publication.content_id and c.status = 'draft';
  -- Whom its failure was told need not hear of it again, should it fail again by itself.
  if p_user_id is not null then
    perform app.resolve_alerts(
      p_publication.workspace_id, '{publication_failed,publication_unknown,handed_off}', p_publication.id::text, p_now);
  end if;
  return p_publication;
end;
$$;
revoke execute on function app.revive_publication from public;

-- schemas/50_app/settle_attempt.sql

-- app.write_settlement for a publication that is locked behind its account; its content follows.
create function app.settle_attempt(p_publication app.publications, p_settlement jsonb, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_account app.accounts;
begin
  select a.* into v_account from app.accounts a where a.id = p_publication.account_id;
  perform app.write_settlement(p_publication, v_account, p_settlement, p_now);
  perform app.settle_content(p_publication.content_id, p_now);
end;
$$;
revoke execute on function app.settle_attempt from public;

-- schemas/50_app/settle_content.sql

-- Brings a content's status after what became of its publications: it is out as soon as one of them is; a draft again when
-- none is on its way any more; or it has expired, if nobody's yes came in time. Called after the last publication of the call was locked.
create function app.settle_content(p_content_id uuid, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
  v_is_live boolean;
  v_is_out boolean;
  v_has_expired boolean;
  v_status app.content_status;
begin
  select c.* into v_content from app.contents c where c.id = p_content_id for no key update;
  select
      coalesce(bool_or(p.status in ('waiting', 'publishing', 'unknown', 'handed_off')), false),
      coalesce(bool_or(p.status = 'published'), false), coalesce(bool_or(p.reason = 'expired'), false)
    into v_is_live, v_is_out, v_has_expired
    from app.publications p where p.content_id = p_content_id;
  v_status := case
    when v_is_out then 'published'
    when v_is_live then v_content.status
    when v_content.status = 'pending_approval' and v_has_expired then 'expired'
    when v_content.status in ('pending_approval', 'pending_publish') then 'draft'
    else v_content.status end;
  if v_status <> v_content.status then
    update app.contents c
      set status = v_status, approve_by = null, on_deadline = null,
          decided_at = case when v_status = 'expired' then p_now else c.decided_at end
      where c.id = p_content_id;
    perform app.resolve_alerts(v_content.workspace_id, '{approval_wanted}', p_content_id::text, p_now);
  end if;
end;
$$;
revoke execute on function app.settle_content from public;

-- schemas/50_app/settle_contents.sql

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

-- schemas/50_app/stop_reading.sql

-- An account that nobody can read back any more: what may be out there is a person's to find out, and they are told so.
-- Called with the account locked.
create function app.stop_reading(p_account app.accounts, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_publication app.publications;
begin
  for v_publication in
    select p.* from app.publications p where p.account_id = p_account.id and p.read_at is not null order by p.id
  loop
    perform app.write_settlement(
      v_publication, p_account, jsonb_build_object('status', 'unknown', 'reason', v_publication.reason), p_now);
  end loop;
end;
$$;
revoke execute on function app.stop_reading from public;

-- schemas/50_app/sweep_list.sql

-- One list of sweep_publications: what a range of an index holds from (p_at, p_id) on, at most p_most, in its order; and
-- whether each is to be found. It costs what it looks at, however many there are that only a person can move on.
create function app.sweep_list(
  p_list text, p_now timestamptz, p_horizon interval, p_at timestamptz, p_id uuid, p_most int
) returns table (at timestamptz, id uuid, is_found boolean)
language plpgsql stable set search_path = ''
as $$
begin
  if p_list = 'unarmed' then
    return query
      select p.publish_at, p.id, app.is_sendable(p, p_now) and app.ready_at(p) <= p_now + p_horizon
      from app.publications p
      where p.status = 'waiting' and (p.armed_for is null or p.armed_for < greatest(p.publish_at, p.retry_at))
        and p.publish_at <= p_now + p_horizon and (p.publish_at, p.id) > (p_at, p_id)
      order by p.publish_at, p.id limit p_most;
  elsif p_list = 'overdue' then
    return query
      select p.armed_for, p.id,
        p.armed_for >= app.ready_at(p) and app.is_missed(p, p.armed_for, p_now) and app.is_sendable(p, p_now)
      from app.publications p
      where p.status = 'waiting' and p.armed_for < p_now and (p.armed_for, p.id) > (p_at, p_id)
      order by p.armed_for, p.id limit p_most;
  elsif p_list = 'lapsed' then
    return query
      select p.lease_until, p.id, app.is_missed(p, p.lease_until, p_now)
      from app.publications p
      where p.status = 'publishing' and p.lease_until < p_now - interval '1 minute' and (p.lease_until, p.id) > (p_at, p_id)
      order by p.lease_until, p.id limit p_most;
  elsif p_list = 'unread' then
    return query
      select p.read_at, p.id, app.is_missed(p, p.read_at, p_now) and app.is_readable(p, p_now)
      from app.publications p
      where p.read_at <= p_now + p_horizon and (p.read_at, p.id) > (p_at, p_id)
      order by p.read_at, p.id limit p_most;
  else
    return query
      select p.late_at, p.id, app.is_missed(p, p.late_at, p_now) and not app.is_stopped(p.workspace_id)
      from app.publications p
      where p.status = 'waiting' and p.late_at <= p_now and (p.late_at, p.id) > (p_at, p_id)
      order by p.late_at, p.id limit p_most;
  end if;
end;
$$;
revoke execute on function app.sweep_list from public;

-- schemas/50_app/sweep_page.sql

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

-- schemas/50_app/target_accounts.sql

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

-- schemas/50_app/targets_of_content.sql

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

-- schemas/50_app/unarmed_publications.sql

-- Those publications of a run that want a message and have none: they wait for their time, and nobody's yes is missing, or
-- will be by then.
create function app.unarmed_publications(p_run_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(app.publication_json(p) order by p.publish_at, p.id), '[]')
    from app.contents c join app.publications p on p.content_id = c.id
    where c.run_id = p_run_id and app.is_approved(c, 'infinity')
      and p.status = 'waiting' and p.armed_for is distinct from app.ready_at(p));
end;
$$;
revoke execute on function app.unarmed_publications from public;

-- schemas/50_app/wanted_run.sql

drop function app.wanted_run;
-- A run as it is wanted now, before anything is reserved or stored: how many contents, how good, how important, and what
-- one attempt may cost. Null: as the schedule says. What it writes goes out, unless the caller says otherwise.
create function app.wanted_run(
  p_schedule app.schedules, p_count int, p_quality text, p_priority int, p_retries int, p_worst_costs jsonb
) returns app.runs
language plpgsql stable set search_path = ''
as $$
declare
  v_run app.runs;
begin
  v_run.workspace_id := p_schedule.workspace_id;
  v_run.schedule_id := p_schedule.id;
  v_run.revision := p_schedule.revision;
  v_run.item_count := coalesce(p_count, app.wanted_count(p_schedule.settings));
  v_run.quality := coalesce(p_quality::app.quality, app.wanted_quality(p_schedule.settings));
  v_run.priority := coalesce(p_priority, p_schedule.priority);
  v_run.retries := p_retries;
  v_run.publishes := true;
  if v_run.item_count not between 1 and 20 then
    raise sqlstate '22023' using message = 'a run writes 1 to 20 contents';
  end if;
  v_run.worst_cost := app.worst_cost(p_worst_costs, p_schedule, v_run);
  return v_run;
end;
$$;
revoke execute on function app.wanted_run from public;

-- schemas/50_app/write_settlement.sql

-- Writes what became of a publication: p_settlement = {status, reason, parts, external_id, url, cost, publish_at, retry_at,
-- read_at, read, error, account, is_attempt, cause}; what is missing stays as it is. One that would wait although nobody
-- wants it any more is cancelled instead. Alerts and dead letters follow. Called with account and publication locked, and
-- as they are stored; the content is settled by the caller, after its last publication.
create function app.write_settlement(
  p_publication app.publications, p_account app.accounts, p_settlement jsonb, p_now timestamptz
) returns app.publications
language plpgsql set search_path = ''
as $$
declare
  v_status app.publication_status := p_settlement ->> 'status';
  v_reason app.publication_reason := p_settlement ->> 'reason';
  v_read_at timestamptz := case
    when v_status = 'unknown' and p_account.status <> 'removed' then (p_settlement ->> 'read_at')::timestamptz end;
  v_parts jsonb := app.known_parts(p_publication, p_settlement -> 'parts', p_now);
begin
  -- What an account's old credentials met says nothing about those with which it was connected since.
  if exists (
    select from app.credentials k where k.account_id = p_account.id and k.updated_at > p_publication.attempted_at
  ) then
    p_settlement := p_settlement #- '{account,status}';
  end if;
  if v_status = 'waiting' then
    v_reason := app.moot_reason(p_publication);
    v_status := case when v_reason is null then 'waiting' else 'cancelled' end;
  end if;
  update app.publications p
    set status = v_status, reason = v_reason,
        publish_at = coalesce((p_settlement ->> 'publish_at')::timestamptz, p.publish_at),
        retry_at = case when v_status = 'waiting' then (p_settlement ->> 'retry_at')::timestamptz end,
        attempt = p.attempt - coalesce(p.status = 'publishing' and p_settlement -> 'is_attempt' = 'false', false)::int,
        lease_until = null,
        claim_id = case when (p_settlement ->> 'reason') = 'interrupted' and p.status = 'publishing' then p.claim_id end,
        attempted_at = case when v_status = 'unknown' then p.attempted_at end,
        sent_fence = case when v_status = 'unknown' then p.sent_fence end,
        parts = v_parts,
        external_id = coalesce(v_parts -> 0 ->> 'external_id', p.external_id),
        url = coalesce(v_parts -> 0 ->> 'url', p.url),
        cost = p.cost + coalesce((p_settlement ->> 'cost')::bigint, 0),
        read_at = v_read_at,
        -- Those of an unknown outcome that was settled stay to be seen, until there is another one.
        reads = case when v_status = 'unknown' and p.status <> 'unknown' then '[]' else p.reads end
          || case when p_settlement ? 'read' then jsonb_build_array(jsonb_build_object('at', p_now) || (p_settlement -> 'read'))
            else '[]' end,
        errors = app.noted_errors(p, p_settlement -> 'error', p_now),
        published_at = case when v_status = 'published' then p_now end,
        finished_at = case when v_status in ('published', 'failed', 'cancelled') then p_now end
    where p.id = p_publication.id
    returning p.* into p_publication;
  perform app.follow_publication(p_publication, p_account, p_settlement, p_now);
  return p_publication;
end;
$$;
revoke execute on function app.write_settlement from public;

-- schemas/60_user/delete_schedule.sql

drop function public.delete_schedule;
-- Called by the doors for people. The schedule goes into the bin; the occurrence it waited for leaves a row
-- `skipped: deleted`. Whether it was active is kept for restore_schedule.
--
-- deleted:   done, with the message that was armed for the cancelled occurrence.
-- unchanged: it was deleted already.
-- Refuses: schedule_not_found, role.
create function public.delete_schedule(p_schedule_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}', p_deleted => true);
  v_new app.schedules;
begin
  perform app.check_now(p_now);
  if v_old.deleted_at is not null then
    return jsonb_build_object(
      'outcome', 'unchanged', 'schedule', app.schedule_json(v_old), 'superseded_message_id', null);
  end if;
  perform app.cancel_occurrence(v_old, 'deleted', p_now);
  perform app.set_next_run(v_old.id, null, null, p_now);
  update app.schedules s set deleted_at = p_now, revision = s.revision + 1, updated_at = p_now
    where s.id = v_old.id returning s.* into v_new;
  perform app.cancel_scheduled(v_old.id, 'deleted', p_now);
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.delete', v_old.id, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'deleted', 'schedule', app.schedule_json(v_new),
    'superseded_message_id', app.superseded_message(v_old, v_new));
end;
$$;
revoke execute on function public.delete_schedule from public, anon, authenticated, service_role;
grant execute on function public.delete_schedule to authenticated;

-- schemas/60_user/get_content.sql

drop function public.get_content;
-- Called by the doors for people: {content, publications, role}, role being the person's own.
-- Refuses: content_not_found.
create function public.get_content(p_content_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.content_workspace(p_content_id);
begin
  return (
    select jsonb_build_object(
      'content', app.content_json(c), 'publications', app.content_publications(c.id),
      'role', app.require_role(v_workspace_id, enum_range(null::app.member_role)))
    from app.contents c where c.id = p_content_id);
end;
$$;
revoke execute on function public.get_content from public, anon, authenticated, service_role;
grant execute on function public.get_content to authenticated;

-- schemas/60_user/get_publication.sql

-- Called by the doors for people: {publication, content, role}, role being the person's own.
-- Refuses: publication_not_found.
create function public.get_publication(p_publication_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.publication_workspace(p_publication_id);
begin
  return (
    select jsonb_build_object(
      'publication', app.publication_json(p), 'content', app.content_json(c),
      'role', app.require_role(v_workspace_id, enum_range(null::app.member_role)))
    from app.publications p join app.contents c on c.id = p.content_id where p.id = p_publication_id);
end;
$$;
revoke execute on function public.get_publication from public, anon, authenticated, service_role;
grant execute on function public.get_publication to authenticated;

-- schemas/60_user/list_publications.sql

-- Called by the doors for people: what is, or was, on its way out of a workspace (null: the person's own), newest first; of
-- one schedule, content or account, or of one status, if that is given. p_after is {created_at, id} of the last one seen.
-- `more`: there are others after these.
-- Refuses: workspace_not_found.
create function public.list_publications(
  p_workspace_id uuid, p_schedule_id uuid, p_content_id uuid, p_account_id uuid, p_status text, p_after jsonb, p_limit int
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'created_at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  select coalesce(jsonb_agg(app.publication_json(page) order by page.created_at desc, page.id desc), '[]') into v_found
    from (
      select p.* from app.publications p
      where p.workspace_id = v_workspace_id
        and (p_schedule_id is null or p.schedule_id = p_schedule_id)
        and (p_content_id is null or p.content_id = p_content_id)
        and (p_account_id is null or p.account_id = p_account_id)
        and (p_status is null or p.status = p_status::app.publication_status)
        and (p.created_at, p.id) < (v_before, v_before_id)
      order by p.created_at desc, p.id desc limit v_limit + 1) page;
  return app.page('publications', v_found, v_limit);
end;
$$;
revoke execute on function public.list_publications from public, anon, authenticated, service_role;
grant execute on function public.list_publications to authenticated;

-- schemas/60_user/mark_published.sql

-- Called by the doors for people, who have posted it themselves, or have found that it is out; p_url is where, if they say.
--
-- published: written down.
-- unchanged: it was out already; also what a repetition answers.
-- Refuses: publication_not_found, role, publication_busy.
create function public.mark_published(p_publication_id uuid, p_url text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.open_publication(p_publication_id);
  v_before app.publication_status := v_publication.status;
begin
  perform app.check_now(p_now);
  perform app.check_idle(v_publication, p_now);
  if v_before <> 'published' then
    perform app.settle_attempt(v_publication, '{"status": "published"}', p_now);
    update app.publications p set url = coalesce(p_url, p.url) where p.id = p_publication_id;
    perform app.write_audit(v_publication.workspace_id, (select auth.uid()), 'publication.mark_published',
      v_publication.id, jsonb_build_object('from', v_before), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case v_before when 'published' then 'unchanged' else 'published' end,
    'publication', app.fresh_publication(p_publication_id));
end;
$$;
revoke execute on function public.mark_published from public, anon, authenticated, service_role;
grant execute on function public.mark_published to authenticated;

-- schemas/60_user/pause_schedule.sql

drop function public.pause_schedule;
-- Called by the doors for people. While paused there are no nominal occurrences: the one it waited for leaves a row
-- `skipped: paused`, those after it leave none.
--
-- paused:    done, with the message that was armed for the cancelled occurrence.
-- unchanged: it was paused or finished already.
-- Refuses: schedule_not_found, role.
create function public.pause_schedule(p_schedule_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}');
  v_new app.schedules;
begin
  perform app.check_now(p_now);
  if not v_old.is_active then
    return jsonb_build_object(
      'outcome', 'unchanged', 'schedule', app.schedule_json(v_old), 'superseded_message_id', null);
  end if;
  perform app.cancel_occurrence(v_old, 'paused', p_now);
  perform app.set_next_run(v_old.id, null, null, p_now);
  update app.schedules s set is_active = false, revision = s.revision + 1, updated_at = p_now
    where s.id = v_old.id returning s.* into v_new;
  perform app.cancel_scheduled(v_old.id, 'paused', p_now);
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.pause', v_old.id, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'paused', 'schedule', app.schedule_json(v_new),
    'superseded_message_id', app.superseded_message(v_old, v_new));
end;
$$;
revoke execute on function public.pause_schedule from public, anon, authenticated, service_role;
grant execute on function public.pause_schedule to authenticated;

-- schemas/60_user/publish_content.sql

-- Called by the doors for people: a content goes out, to p_account_ids (null: the targets of its schedule) at p_publish_at
-- (null: now). Where it failed or was cancelled it is tried again; where it waits, is out, or may be, it stays as it is.
--
-- requested: at least one publication is new or waits again.
-- unchanged: none is; also what a repetition answers.
-- Both with the content and all its publications.
-- Refuses: content_not_found, role, content_status, schedule_deleted, account_not_found, account_status, no_targets.
create function public.publish_content(
  p_content_id uuid, p_account_ids uuid[], p_publish_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_user_id uuid := (select auth.uid());
  v_workspace_id uuid := app.content_workspace(p_content_id);
  v_account_ids uuid[] := coalesce(p_account_ids, app.targets_of_content(p_content_id));
  v_count int;
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  perform app.gather_publications(p_content_id);
  perform app.check_targets(v_workspace_id, v_account_ids);
  perform from app.publications p where p.content_id = p_content_id order by p.id for no key update;
  perform app.check_publishable(p_content_id);
  v_count := app.request_publications(p_content_id, v_account_ids, v_user_id, greatest(p_publish_at, p_now), p_now);
  if v_count > 0 then
    perform app.write_audit(v_workspace_id, v_user_id, 'content.publish', p_content_id,
      jsonb_build_object('publications', v_count), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case when v_count > 0 then 'requested' else 'unchanged' end,
    'content', (select app.content_json(c) from app.contents c where c.id = p_content_id),
    'publications', app.content_publications(p_content_id));
end;
$$;
revoke execute on function public.publish_content from public, anon, authenticated, service_role;
grant execute on function public.publish_content to authenticated;

-- schemas/60_user/retry_publication.sql

-- Called by the doors for people: a publication that has failed or was cancelled goes through the pipeline again. One whose
-- outcome is unknown, or was when it was taken back, may be out: p_confirm says that somebody has looked and it is not.
--
-- retried:   it waits, and is to be armed.
-- unchanged: it waits already; also what a repetition answers.
-- Refuses: publication_not_found, role, confirm_needed (it may be out), publication_busy, publication_status (it is out, or
-- was handed to a person), account_status, schedule_deleted, content_status.
create function public.retry_publication(p_publication_id uuid, p_confirm boolean, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.open_publication(p_publication_id);
  v_before app.publication_status := v_publication.status;
begin
  perform app.check_now(p_now);
  perform app.check_idle(v_publication, p_now);
  if v_before in ('published', 'handed_off') then
    perform app.refuse_publication(v_publication, 'publication_status', format('It is %s.', v_before));
  elsif app.may_be_out(v_publication) and p_confirm is not true then
    perform app.refuse_publication(
      v_publication, 'confirm_needed', 'It may be out already; confirm that you have looked and it is not.');
  elsif v_before <> 'waiting' then
    v_publication := app.revive_publication(v_publication, (select auth.uid()), p_now);
    perform app.close_letters(v_publication.id, 'replayed', 'retried', p_now);
    perform app.write_audit(v_publication.workspace_id, (select auth.uid()), 'publication.retry', v_publication.id,
      jsonb_build_object('from', v_before, 'confirmed', p_confirm is true), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case v_before when 'waiting' then 'unchanged' else 'retried' end,
    'publication', app.publication_json(v_publication));
end;
$$;
revoke execute on function public.retry_publication from public, anon, authenticated, service_role;
grant execute on function public.retry_publication to authenticated;

-- schemas/60_user/update_schedule.sql

drop function public.update_schedule;
-- Called by the doors for people. p_revision is the one the person saw; p_changes holds the changed columns only;
-- p_next_run_at and p_late_at are the first occurrence after p_now under the rule as it will be.
--
-- updated:   stored. If the rule really changed: a new revision, and the occurrence it waited for either stands (it is
--            due already and not begun) or gives way to p_next_run_at, leaving a row `skipped: superseded`.
-- unchanged: everything is as p_changes wants it; also what a repetition answers.
-- superseded_message_id: the message armed for an occurrence that gave way.
-- Refuses: schedule_not_found, role, revision_conflict (the rule or activity changed since the person looked).
create function public.update_schedule(
  p_schedule_id uuid, p_revision int, p_changes jsonb, p_next_run_at timestamptz, p_late_at timestamptz,
  p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}');
  v_new app.schedules := jsonb_populate_record(v_old, p_changes);
  v_new_rule boolean;
begin
  perform app.check_now(p_now);
  perform app.check_fields(p_changes);
  if v_new is not distinct from v_old then
    return jsonb_build_object(
      'outcome', 'unchanged', 'schedule', app.schedule_json(v_old), 'superseded_message_id', null);
  elsif p_revision is distinct from v_old.revision then
    perform app.refuse(409, 'revision_conflict', 'The schedule has changed since you looked at it.',
      jsonb_build_object('revision', v_old.revision));
  end if;
  v_new_rule :=
    (v_new.frequency, v_new.time_of_day, v_new.weekday, v_new.day_of_month, v_new.rrule, v_new.timezone,
      v_new.anchor_at, v_new.starts_at, v_new.ends_at, v_new.max_runs)
    is distinct from
    (v_old.frequency, v_old.time_of_day, v_old.weekday, v_old.day_of_month, v_old.rrule, v_old.timezone,
      v_old.anchor_at, v_old.starts_at, v_old.ends_at, v_old.max_runs);

  update app.schedules s
    set name = v_new.name, content_type = v_new.content_type, frequency = v_new.frequency,
        time_of_day = v_new.time_of_day, weekday = v_new.weekday, day_of_month = v_new.day_of_month,
        rrule = v_new.rrule, timezone = v_new.timezone, anchor_at = v_new.anchor_at, starts_at = v_new.starts_at,
        ends_at = v_new.ends_at, max_runs = v_new.max_runs, lateness_limit = v_new.lateness_limit,
        lead_time = v_new.lead_time, priority = v_new.priority, settings = v_new.settings,
        daily_cost_cap = v_new.daily_cost_cap, monthly_cost_cap = v_new.monthly_cost_cap,
        -- Another limit for the occurrence it waits for already; a new rule sets its own below.
        late_at = case
          when p_next_run_at = s.next_run_at and not v_new_rule
            and (v_new.lateness_limit, v_new.lead_time) is distinct from (v_old.lateness_limit, v_old.lead_time)
          then p_late_at else s.late_at end,
        following_run_at = null, following_late_at = null, -- may be another one now; advance_schedule will tell
        revision = s.revision + v_new_rule::int, updated_at = p_now
    where s.id = v_old.id
    returning s.* into v_new;
  if v_new_rule then
    v_new := app.apply_rule_change(v_old, v_new, p_next_run_at, p_late_at, p_now);
    if v_new.next_run_at is distinct from v_old.next_run_at then
      perform app.cancel_scheduled(v_old.id, 'superseded', p_now);
    end if;
  end if;
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.update', v_old.id,
    jsonb_build_object('fields', (select jsonb_agg(key order by key) from jsonb_object_keys(p_changes) as key)), p_now);
  return jsonb_build_object(
    'outcome', 'updated', 'schedule', app.schedule_json(v_new),
    'superseded_message_id', app.superseded_message(v_old, v_new));
end;
$$;
revoke execute on function public.update_schedule from public, anon, authenticated, service_role;
grant execute on function public.update_schedule to authenticated;

-- schemas/60_user/void_publication.sql

-- Called by the doors for people: a publication is taken back, or, of one that may be out, nobody is to look any further.
-- What is out stays out.
--
-- voided:    done.
-- unchanged: it was cancelled already; also what a repetition answers.
-- Refuses: publication_not_found, role, publication_busy, publication_status (it is out).
create function public.void_publication(p_publication_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.open_publication(p_publication_id);
  v_before app.publication_status := v_publication.status;
begin
  perform app.check_now(p_now);
  perform app.check_idle(v_publication, p_now);
  if v_before = 'published' then
    perform app.refuse_publication(v_publication, 'publication_status', 'It is out.');
  elsif v_before <> 'cancelled' then
    perform app.settle_attempt(
      v_publication,
      jsonb '{"status": "cancelled", "reason": "voided"}'
        || case when v_before = 'unknown' then jsonb '{"read": {"outcome": "voided"}}' else '{}' end, p_now);
    perform app.write_audit(v_publication.workspace_id, (select auth.uid()), 'publication.void', v_publication.id,
      jsonb_build_object('from', v_before), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case v_before when 'cancelled' then 'unchanged' else 'voided' end,
    'publication', app.fresh_publication(p_publication_id));
end;
$$;
revoke execute on function public.void_publication from public, anon, authenticated, service_role;
grant execute on function public.void_publication to authenticated;

-- schemas/70_service/begin_attempt.sql

-- Called before every call that creates something on a platform: from here on whoever finds the lease ended knows that this
-- may be out. p_version is that of the content which is about to be sent.
--
-- begun:   written down; also what a repetition answers. A holder whose session was refused and renewed begins again.
-- changed: not to be sent as it was claimed: edited, taken back, stopped, too late, or the account cannot be used. It waits
--          again, or has been cancelled; nothing counts as an attempt. One that is unknown stays so: it waits for its
--          workspace or account to go on, else for a person.
-- lost:    another claim holds it, or the lease is over; the caller must stop.
-- All with the publication as it is then.
create function public.begin_attempt(
  p_publication_id uuid, p_fence bigint, p_version int, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.lock_publication(p_publication_id);
  v_outcome text;
begin
  if (v_publication.fence = p_fence and v_publication.lease_until > p_now) is not true then
    v_outcome := 'lost';
  elsif v_publication.status = 'unknown' then
    -- It is sent again under its key, which makes it once; when that was tried first is what counts. It may be the first
    -- that comes through: so it has to be wanted still.
    if v_publication.version = p_version and app.may_send(v_publication, p_version, p_now) then
      v_outcome := 'begun';
    else
      v_outcome := 'changed';
      perform app.settle_attempt(
        v_publication,
        jsonb_build_object(
          'status', 'unknown', 'reason', v_publication.reason, 'read', jsonb '{"outcome": "unread"}',
          'read_at', case when app.is_halted(v_publication) then v_publication.read_at end), p_now);
    end if;
  elsif app.may_send(v_publication, p_version, p_now) then
    v_outcome := 'begun';
    update app.publications p
      set attempted_at = p_now, sent_fence = p_fence, version = p_version
      where p.id = p_publication_id;
  elsif v_publication.attempted_at is null then
    v_outcome := 'changed';
    perform app.settle_attempt(v_publication, '{"status": "waiting", "is_attempt": false}', p_now);
  else
    v_outcome := 'lost';
  end if;
  return jsonb_build_object('outcome', v_outcome, 'publication', app.fresh_publication(p_publication_id));
end;
$$;
revoke execute on function public.begin_attempt from public, anon, authenticated, service_role;
grant execute on function public.begin_attempt to service_role;

-- schemas/70_service/claim_publication.sql

-- Called for every message about a publication, and by the sweep where it publishes what is due itself. Locks the account:
-- of two claims at once one gets its turn. What a lapsed lease or a time that has passed has left behind on this account
-- is moved on, whatever the answer.
--
-- claimed:   the account's earliest publication that is ready, maybe not the one named, is ours to send under its fence
--            until lease_until. The same p_claim_id gets the same answer until it begins an attempt.
-- reading:   the one named is unknown, and ours to be read back.
-- busy:      another one of the account is under way, until again_at.
-- throttled: the platform, or the account's spacing, wants a wait until again_at.
-- waiting:   nothing of the account is ready; the one named waits until again_at, or for a person.
-- held:      the workspace is stopped.
-- done:      nothing of the account is ready, and the one named has ended.
-- stale:     there is no such publication.
-- Who has claimed also gets the content, its language and the account's sealed credentials.
create function public.claim_publication(
  p_publication_id uuid, p_claim_id text, p_lease interval, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_longest_lease constant interval := interval '5 minutes';
  v_account app.accounts;
  v_turn jsonb;
  v_id uuid;
  v_content_ids uuid[];
begin
  select a.* into v_account from app.accounts a
    join app.publications p on p.account_id = a.id where p.id = p_publication_id for no key update of a;
  if v_account.id is null then
    return jsonb_build_object('outcome', 'stale');
  end if;
  v_content_ids := array[app.release_lapsed(v_account, p_now)];
  perform app.release_readers(v_account, p_now);
  v_turn := app.publication_turn(v_account, p_publication_id, p_claim_id, p_now);
  v_id := v_turn ->> 'publication_id';
  if v_turn ->> 'outcome' in ('claimed', 'reading') and not v_turn ? 'is_held' then
    update app.publications p
      set status = case when p.status = 'waiting' then 'publishing' else p.status end,
          attempt = p.attempt + (p.status = 'waiting')::int, retry_at = null, claim_id = p_claim_id,
          fence = nextval('app.publication_fences'), lease_until = p_now + least(p_lease, v_longest_lease)
      where p.id = v_id;
    v_content_ids := v_content_ids || array(
      select c.id from app.publications p join app.contents c on c.id = p.content_id
      where p.id = v_id and c.status = 'pending_approval'); -- its deadline has passed
  end if;
  -- Nothing becomes late, or is decided by a deadline, while its workspace is stopped.
  if v_turn ->> 'outcome' <> 'held' then
    v_content_ids := v_content_ids || app.end_hopeless(v_account, p_publication_id, p_now);
  end if;
  perform app.settle_contents(array_remove(v_content_ids, null), p_now);
  return app.publication_claim_answer(v_turn ->> 'outcome', v_id, (v_turn ->> 'again_at')::timestamptz);
end;
$$;
revoke execute on function public.claim_publication from public, anon, authenticated, service_role;
grant execute on function public.claim_publication to service_role;

-- schemas/70_service/finish_run.sql

drop function public.finish_run;
-- Called when the content is written: saves it, ends the run, counts and settles, all in one transaction. p_contents =
-- [{item, kind, title, body, segments, word_count, angle, memory, verdict, score, meta}]; without a verdict that says
-- passed it waits for a person. p_measured = {model_attempts, prompt_version, items_failed, errors} as app.measure takes
-- it; what record_attempt has booked is not counted again. Never moves next_run_at. p_known as app.newer_contents takes
-- it; null: nobody asks what others have written meanwhile. p_handover as app.hand_over takes it; null: they stay drafts.
--
-- outdated:  others have, and here it is (recalled); nothing is saved. Compare with it, and call again. One at a time of a
--            workspace, so that of two alike that come at once the second is told of the first.
-- succeeded: saved, with those of its `publications` that want a message. Repeated with the same fence it answers the same
--            and counts nothing twice.
-- lost:      another attempt holds the run, or it has ended otherwise. Nothing is saved; what was measured is booked.
-- Refuses: run_not_found.
create function public.finish_run(
  p_run_id uuid, p_fence bigint, p_contents jsonb, p_measured jsonb, p_now timestamptz, p_known jsonb,
  p_handover jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_run app.runs := app.lock_run(p_run_id);
  v_newer jsonb;
  v_count int;
begin
  if v_run.fence is distinct from p_fence or v_run.status not in ('running', 'succeeded') then
    return app.lost_answer(v_run, p_measured, p_now);
  end if;
  if v_run.status = 'running' then
    if p_known is not null then
      perform pg_advisory_xact_lock(hashtextextended(v_run.workspace_id::text, 0));
      v_newer := app.newer_contents(
        v_run.workspace_id, (p_contents -> 0 ->> 'kind')::app.content_type, p_known);
      if v_newer <> '[]' then
        return jsonb_build_object('outcome', 'outdated', 'recalled', v_newer);
      end if;
    end if;
    insert into app.contents (
      workspace_id, schedule_id, run_id, item, kind, title, body, segments, status, word_count, angle, memory, verdict,
      score, meta, created_at)
    select
      v_run.workspace_id, v_run.schedule_id, v_run.id, c.item, c.kind, c.title, c.body, nullif(c.segments, 'null'),
      case when c.verdict ->> 'passed' = 'true' then 'draft' else 'needs_review' end::app.content_status,
      coalesce(c.word_count, 0), left(c.angle, 100), nullif(left(c.memory, 2000), ''),
      coalesce(nullif(c.verdict, 'null'), '{}'), least(greatest(c.score, 0), 100),
      coalesce(nullif(c.meta, 'null'), '{}'), p_now
    from jsonb_populate_recordset(null::app.contents, p_contents) c;
    get diagnostics v_count = row_count;
    if v_count = 0 then
      raise sqlstate '22023' using message = 'a run that wrote nothing has not succeeded';
    end if;
    perform app.hand_over(v_run, p_handover, p_now);
    v_run := app.measure(v_run, p_measured, p_now);
    perform app.settle_reservation(v_run, false);
    delete from app.answers a where a.run_id = p_run_id;
    update app.runs r
      set status = 'succeeded', reserved_cost = 0, lease_until = null, finished_at = p_now
      where r.id = p_run_id returning r.* into v_run;
    update app.schedules s
      set total_generated = s.total_generated + v_count, consecutive_failures = 0,
          last_run_at = greatest(s.last_run_at, p_now)
      where s.id = v_run.schedule_id;
  end if;
  return jsonb_build_object(
    'outcome', 'succeeded', 'run', app.run_json(v_run), 'contents', app.run_contents(p_run_id),
    'publications', app.unarmed_publications(p_run_id),
    'schedule', app.fresh_schedule(v_run.schedule_id));
end;
$$;
revoke execute on function public.finish_run from public, anon, authenticated, service_role;
grant execute on function public.finish_run to service_role;

-- schemas/70_service/mark_publications_armed.sql

-- Called after messages about publications were published: p_armed = [{publication_id, armed_for, message_id}]. What has
-- ended meanwhile, or waits for a person, stays as it is. Told twice of the same message it counts it once.
--
-- armed: how many publications these messages stand for.
create function public.mark_publications_armed(p_armed jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_one record;
  v_armed int := 0;
begin
  -- In order of id, so that two callers with the same publications never wait for each other in a circle; the accounts
  -- first, so that no claim waits in between.
  perform from app.accounts a
    where a.id in (
      select p.account_id from jsonb_to_recordset(p_armed) as told (publication_id uuid)
        join app.publications p on p.id = told.publication_id)
    order by a.id for no key update;
  for v_one in
    select * from jsonb_to_recordset(p_armed) as told (publication_id uuid, armed_for timestamptz, message_id text)
    order by told.publication_id
  loop
    update app.publications p
      set armed_for = v_one.armed_for, armed_message_id = v_one.message_id,
          armed_at = case when p.armed_message_id = v_one.message_id then p.armed_at else p_now end,
          arm_count = p.arm_count + (p.armed_message_id is distinct from v_one.message_id)::int
      where p.id = v_one.publication_id and app.ready_at(p) is not null;
    v_armed := v_armed + found::int;
  end loop;
  return jsonb_build_object('armed', v_armed);
end;
$$;
revoke execute on function public.mark_publications_armed from public, anon, authenticated, service_role;
grant execute on function public.mark_publications_armed to service_role;

-- schemas/70_service/queue_run.sql

drop function public.queue_run;
-- Called by the door for work that nobody waits for. As request_run, but nobody begins it yet: the run waits, its places
-- and its money reserved, for a message that names it, or for the sweep. p_key is needed.
--
-- queued:      stored as `retrying`, no attempt begun; also what a repetition answers until somebody begins it, or once
--              its lease has ended without an end.
-- in_progress: this key's run is under way, until lease_until.
-- duplicate:   this key's run has ended: `contents` is what it wrote.
-- refused:     as request_run.
-- Refuses: schedule_not_found (in this workspace), role (p_user_id may only look, or is no member).
create function public.queue_run(
  p_schedule_id uuid, p_workspace_id uuid, p_user_id uuid, p_key text, p_worst_costs jsonb, p_count int, p_quality text,
  p_priority int, p_retries int, p_publish boolean, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_schedule app.schedules := app.lock_schedule(p_schedule_id);
  v_run app.runs;
  v_refusal jsonb;
begin
  perform app.check_requester(v_schedule, p_workspace_id, p_user_id);
  select r.* into v_run from app.runs r where r.schedule_id = p_schedule_id and r.idempotency_key = p_key;
  if v_run.finished_at is not null then
    return app.claim_answer('duplicate', v_run.reason::text, v_run, p_schedule_id)
      || jsonb_build_object('contents', app.run_contents(v_run.id));
  elsif v_run.id is not null then
    return app.claim_answer(
      case when v_run.status = 'running' and v_run.lease_until > p_now then 'in_progress' else 'queued' end,
      null, v_run, p_schedule_id);
  end if;

  v_run := app.wanted_run(v_schedule, p_count, p_quality, p_priority, p_retries, p_worst_costs);
  v_run.idempotency_key := p_key;
  v_run.requested_by := p_user_id;
  v_run.publishes := p_publish;
  v_refusal := app.admit_request(v_schedule, v_run, p_now);
  if v_refusal is not null then
    return app.refused_answer(v_refusal, p_schedule_id);
  end if;
  v_run := app.begin_run(v_run, v_schedule, null, null, null, p_now);
  perform app.write_audit(p_workspace_id, p_user_id, 'run.queue', v_run.id, '{}', p_now);
  return app.claim_answer('queued', null, v_run, p_schedule_id);
end;
$$;
revoke execute on function public.queue_run from public, anon, authenticated, service_role;
grant execute on function public.queue_run to service_role;

-- schemas/70_service/record_part.sql

-- Called when a platform has accepted a part that is not the last: p_part = {external_id, url}, number p_number from 0 on,
-- p_cost micro-USD. The attempt has its outcome, and the next part may begin one.
--
-- recorded: written down; also what a repetition answers.
-- lost:     another claim holds it, or the lease was over and it is unknown: the caller must stop. If it is the part that
--           nobody knew the outcome of, it is written down all the same, and the rest waits to be sent.
-- Both with the publication as it is then.
create function public.record_part(
  p_publication_id uuid, p_fence bigint, p_number int, p_part jsonb, p_cost bigint, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.lock_publication(p_publication_id);
  v_is_held boolean := coalesce(v_publication.fence = p_fence and v_publication.status = 'publishing', false);
  v_settlement jsonb;
begin
  if p_fence in (v_publication.fence, v_publication.sent_fence) and v_publication.attempted_at is not null
    and jsonb_array_length(v_publication.parts) = p_number
  then
    if v_is_held then
      v_publication.parts := v_publication.parts || jsonb_build_object(
        'external_id', p_part -> 'external_id', 'url', p_part -> 'url', 'at', p_now);
      update app.publications p
        set parts = v_publication.parts, attempted_at = null, sent_fence = null, cost = p.cost + p_cost,
            external_id = v_publication.parts -> 0 ->> 'external_id', url = v_publication.parts -> 0 ->> 'url'
        where p.id = p_publication_id;
    elsif v_publication.sent_fence = p_fence then
      perform app.settle_attempt(
        v_publication,
        jsonb_build_object(
          'status', 'waiting', 'cost', p_cost, 'retry_at', p_now, 'parts', v_publication.parts || jsonb_build_array(p_part)), p_now);
    end if;
  end if;
  return jsonb_build_object(
    'outcome', case when v_is_held then 'recorded' else 'lost' end,
    'publication', app.fresh_publication(p_publication_id));
end;
$$;
revoke execute on function public.record_part from public, anon, authenticated, service_role;
grant execute on function public.record_part to service_role;

-- schemas/70_service/request_run.sql

drop function public.request_run;
-- Called by the door for "run now", which has looked at the person's role already. Works while paused, never touches
-- next_run_at and does not count for max_runs. p_key is the person's Idempotency-Key; none: every claim is its own run.
-- p_count, p_quality and p_priority null: the schedule's; p_retries null: the default. p_publish: what it writes goes out, to the
-- schedule's targets; otherwise it stays a draft. p_worst_costs as app.worst_cost takes them.
--
-- claimed:     ours under run.fence; also when an earlier request with this key was interrupted, then with `answers`.
-- duplicate:   this key's run has ended: `contents` is what it wrote.
-- in_progress: this key's run is under way, until lease_until.
-- refused:     reason deleted, held, subscription, quota or budget; the last two with `refusal` {cap, limit, used, needed,
--              turns_at}. Nothing is written but a cap's alert.
-- Refuses: schedule_not_found (in this workspace), role (p_user_id may only look, or is no member).
create function public.request_run(
  p_schedule_id uuid, p_workspace_id uuid, p_user_id uuid, p_key text, p_claim_id text, p_lease interval,
  p_worst_costs jsonb, p_count int, p_quality text, p_priority int, p_retries int, p_publish boolean, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_key text := coalesce(p_key, p_claim_id);
  v_schedule app.schedules := app.lock_schedule(p_schedule_id);
  v_run app.runs;
  v_refusal jsonb;
  v_answer jsonb;
begin
  perform app.check_requester(v_schedule, p_workspace_id, p_user_id);
  select r.* into v_run from app.runs r where r.schedule_id = p_schedule_id and r.idempotency_key = v_key;
  if v_run.id is not null then
    v_answer := app.resume_claim(v_run, v_schedule, p_claim_id, null, p_lease, p_worst_costs, p_now);
    return v_answer || case v_answer ->> 'outcome'
      when 'held' then '{"outcome": "refused", "reason": "held"}'
      when 'claimed' then '{}'
      when 'in_progress' then '{}'
      else jsonb_build_object('outcome', 'duplicate', 'contents', app.run_contents(v_run.id)) end;
  end if;

  v_run := app.wanted_run(v_schedule, p_count, p_quality, p_priority, p_retries, p_worst_costs);
  v_run.idempotency_key := v_key;
  v_run.requested_by := p_user_id;
  v_run.publishes := p_publish;
  v_refusal := app.admit_request(v_schedule, v_run, p_now);
  if v_refusal is not null then
    return app.refused_answer(v_refusal, p_schedule_id);
  end if;
  v_run := app.begin_run(v_run, v_schedule, p_claim_id, null, p_lease, p_now);
  perform app.write_audit(p_workspace_id, p_user_id, 'run.request', v_run.id, '{}', p_now);
  return app.claim_answer('claimed', null, v_run, p_schedule_id);
end;
$$;
revoke execute on function public.request_run from public, anon, authenticated, service_role;
grant execute on function public.request_run to service_role;

-- schemas/70_service/settle_publication.sql

-- Called when an attempt, or a reading, has come to its end: p_settlement as app.write_settlement takes it.
--
-- settled: written down; also what a repetition answers.
-- lost:    another claim holds it, or has settled it. What proves something is kept all the same: the outcome of the very
--          call that nobody knew the outcome of; and that it is out, whoever says so. If it is just being sent again, only
--          its errors can still say that.
-- Both with the publication as it is then.
create function public.settle_publication(
  p_publication_id uuid, p_fence bigint, p_settlement jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.lock_publication(p_publication_id);
  v_is_held boolean := coalesce(v_publication.fence = p_fence, false);
begin
  -- Whoever has told the outcome of their claim holds it no more: claim_id is null then.
  if v_is_held and v_publication.status in ('publishing', 'unknown') and v_publication.claim_id is not null then
    perform app.settle_attempt(v_publication, p_settlement, p_now);
  elsif app.is_truth(v_publication, p_fence, p_settlement) then
    if v_publication.status = 'publishing' and v_publication.attempted_at is not null then
      update app.publications p
        set errors = app.noted_errors(p, jsonb_build_object(
              'code', 'out_already', 'message', p_settlement ->> 'external_id'), p_now)
        where p.id = p_publication_id;
    else
      perform app.settle_attempt(v_publication, p_settlement, p_now);
    end if;
  end if;
  return jsonb_build_object(
    'outcome', case when v_is_held then 'settled' else 'lost' end,
    'publication', app.fresh_publication(p_publication_id));
end;
$$;
revoke execute on function public.settle_publication from public, anon, authenticated, service_role;
grant execute on function public.settle_publication to service_role;

-- schemas/70_service/sweep_publications.sql

-- Called by the sweep: publications that somebody should look at and that no message will bring, the oldest first. Each
-- wants a message, or a claim. p_horizon as sweep_work takes it; p_limit is for each of the five lists. `after` is to be
-- passed as p_after for the next page, null when there is none; a page may be empty before the last.
--
-- unarmed: it waits within the horizon, and no message stands for when it is ready.
-- overdue: its message should have come ten minutes ago, and nothing of its account is in its way.
-- lapsed:  whoever held it is gone since a minute.
-- unread:  its account is to be read back within the horizon, and no message stands for then.
-- late:    its time has passed while it waited.
-- Left out: what waits for a yes, for an account to be connected again, and (leases aside) for a stopped workspace.
create function public.sweep_publications(p_now timestamptz, p_horizon interval, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_lists constant text[] := '{unarmed,overdue,lapsed,unread,late}';
  v_list text;
  v_page jsonb;
  v_ids jsonb := '[]';
  v_after jsonb := '{}';
begin
  foreach v_list in array v_lists loop
    -- A list that p_after does not name any more has come to its end on an earlier page.
    continue when p_after is not null and not p_after ? v_list;
    v_page := app.sweep_page(v_list, p_now, p_horizon, p_after -> v_list, app.page_size(p_limit));
    v_ids := v_ids || (v_page -> 'ids');
    v_after := v_after || jsonb_strip_nulls(jsonb_build_object(v_list, v_page -> 'after'));
  end loop;
  return jsonb_build_object(
    'publications', (
      select coalesce(jsonb_agg(app.publication_json(p) order by app.ready_at(p), p.id), '[]')
      from app.publications p where p.id in (select found.id::uuid from jsonb_array_elements_text(v_ids) as found (id))),
    'after', nullif(v_after, '{}'));
end;
$$;
revoke execute on function public.sweep_publications from public, anon, authenticated, service_role;
grant execute on function public.sweep_publications to service_role;

notify pgrst, 'reload schema';
