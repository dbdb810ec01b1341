-- Accounts and their credentials, approval, dead letters with a way back, notices, and the stop of a workspace.

-- schemas/13_accounts.sql

alter table app.accounts
  add check (not settings @? '$.**{20}' and not settings @? '$.** ? (@ > 9007199254740992 || @ < -9007199254740992)'),
  add check (not cadence @? '$.**{20}' and not cadence @? '$.** ? (@ > 9007199254740992 || @ < -9007199254740992)');

-- schemas/22_contents.sql

drop index app.contents_deadline;
create index contents_deadline on app.contents (approve_by, id)
  where status = 'pending_approval' and approve_by is not null;

-- schemas/29_dead_letters.sql

create index dead_letters_waiting on app.dead_letters (created_at, id) where outcome = 'waiting' and letter_status = 'open';

-- schemas/50_app/raise_alert.sql

drop function app.raise_alert;
-- Opens an alert, or counts the open one of the same workspace, kind and subject up; its details are those of the last
-- time. p_workspace_id null: the operator's. p_notify_at: when somebody is to be written to about it; null: nobody. Who has
-- been told of an open alert is not told again, however often it is counted.
create function app.raise_alert(
  p_workspace_id uuid, p_schedule_id uuid, p_kind app.alert_kind, p_subject text, p_details jsonb, p_now timestamptz,
  p_account_id uuid default null, p_content_id uuid default null, p_notify_at timestamptz default null
) returns app.alerts
language plpgsql set search_path = ''
as $$
declare
  v_alert app.alerts;
begin
  insert into app.alerts as a (
    workspace_id, schedule_id, account_id, content_id, kind, subject, details, first_at, last_at, notify_at)
  values (
    p_workspace_id, p_schedule_id, p_account_id, p_content_id, p_kind, p_subject, coalesce(p_details, '{}'), p_now, p_now,
    p_notify_at)
  on conflict (workspace_id, kind, subject) where resolved_at is null
  do update
    set count = a.count + 1, details = excluded.details, last_at = greatest(a.last_at, excluded.last_at),
        -- Told, or given up after many tries: not again.
        notify_at = case when a.notified_at is null and a.notify_attempts = 0
          then least(a.notify_at, excluded.notify_at) else a.notify_at end
  returning a.* into v_alert;
  return v_alert;
end;
$$;
revoke execute on function app.raise_alert from public;

-- schemas/50_app/resolve_alerts.sql

-- What these kinds of alerts said of a subject is dealt with: nobody is told of it any more. How many were open.
create function app.resolve_alerts(
  p_workspace_id uuid, p_kinds app.alert_kind[], p_subject text, p_now timestamptz
) returns int
language plpgsql set search_path = ''
as $$
declare
  v_count int;
begin
  update app.alerts a set resolved_at = p_now, notify_at = null
    where a.workspace_id = p_workspace_id and a.kind = any (p_kinds) and a.subject = p_subject
      and a.resolved_at is null;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
revoke execute on function app.resolve_alerts from public;

-- schemas/50_app/mark_account.sql

-- Whether an account can be published to, as its platform says it: p_reason is its own words. Its owner is told once when
-- it cannot, and no more once it can again. One that was removed stays so. Called with the account locked.
create function app.mark_account(
  p_account app.accounts, p_status app.account_status, p_reason text, p_now timestamptz
) returns app.accounts
language plpgsql set search_path = ''
as $$
begin
  if p_account.status = 'removed' then
    return p_account;
  end if;
  if p_account.status <> p_status then
    update app.accounts a
      set status = p_status, status_reason = case when p_status <> 'active' then left(p_reason, 500) end,
          updated_at = p_now
      where a.id = p_account.id
      returning a.* into p_account;
  end if;
  if p_status = 'active' then
    perform app.resolve_alerts(p_account.workspace_id, '{account_lost}', p_account.id::text, p_now);
  else
    perform app.raise_alert(
      p_account.workspace_id, null, 'account_lost', p_account.id::text,
      jsonb_build_object('status', p_account.status, 'message', p_account.status_reason), p_now,
      p_account_id => p_account.id, p_notify_at => p_now);
  end if;
  return p_account;
end;
$$;
revoke execute on function app.mark_account from public;

-- schemas/50_app/open_account.sql

-- An account, locked for change by the signed-in person, if their role is one of p_roles. Another tenant's account does not
-- exist for them; one that was removed does.
--
-- Everybody who writes about publishing locks in this order: workspace, account, publication, content.
create function app.open_account(p_account_id uuid, p_roles app.member_role[]) returns app.accounts
language plpgsql set search_path = ''
as $$
declare
  v_account app.accounts;
begin
  select a.* into v_account from app.accounts a
    join app.members m on m.workspace_id = a.workspace_id and m.user_id = (select auth.uid())
    where a.id = p_account_id
    for no key update of a;
  if v_account.id is null then
    perform app.refuse(404, 'account_not_found', 'There is no such account in your workspaces.');
  end if;
  perform app.require_role(v_account.workspace_id, p_roles);
  return v_account;
end;
$$;
revoke execute on function app.open_account from public;

-- schemas/50_app/keep_credentials.sql

-- Puts sealed credentials in the place of an account's: p_credentials = {key_id, sealed, expires_at}; null: the account
-- needs none. The same once more changes nothing. Called with the account locked.
create function app.keep_credentials(p_account app.accounts, p_credentials jsonb, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
  if jsonb_typeof(p_credentials) is distinct from 'object' then
    delete from app.credentials c where c.account_id = p_account.id;
    return;
  end if;
  insert into app.credentials as c (account_id, workspace_id, key_id, sealed, expires_at, updated_at)
    values (
      p_account.id, p_account.workspace_id, p_credentials ->> 'key_id', p_credentials ->> 'sealed',
      (p_credentials ->> 'expires_at')::timestamptz, p_now)
    on conflict (account_id)
    do update
      set key_id = excluded.key_id, sealed = excluded.sealed, expires_at = excluded.expires_at, updated_at = p_now,
          version = c.version + 1
      where c.sealed <> excluded.sealed;
end;
$$;
revoke execute on function app.keep_credentials from public;

-- schemas/50_app/credentials_json.sql

-- Sealed credentials as those who may open them get them, with the settings of the account that they were given for: they
-- say where they may be shown. Null when there are none.
create function app.credentials_json(p_credentials app.credentials) returns jsonb
language sql stable set search_path = ''
as $$
  select case when p_credentials.account_id is not null then jsonb_build_object(
    'key_id', p_credentials.key_id, 'sealed', p_credentials.sealed, 'version', p_credentials.version,
    'expires_at', p_credentials.expires_at,
    'settings', (select a.settings from app.accounts a where a.id = p_credentials.account_id)) end;
$$;
revoke execute on function app.credentials_json from public;

-- schemas/50_app/lock_content.sql

-- A content whose publications are locked first, in order of id, as everybody does who decides about it: a claim that has
-- locked one of them reads the content after that, so that it never sends what was edited, or taken back, meanwhile.
-- Null if there is none.
create function app.lock_content(p_content_id uuid) returns app.contents
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
begin
  perform app.gather_publications(p_content_id);
  perform from app.publications p where p.content_id = p_content_id order by p.id for no key update;
  select c.* into v_content from app.contents c where c.id = p_content_id for no key update;
  return v_content;
end;
$$;
revoke execute on function app.lock_content from public;

-- schemas/50_app/open_content.sql

drop function app.open_content;
-- A content, locked for change by the signed-in person together with its publications, if their role is one of p_roles.
-- Another tenant's content does not exist for them.
create function app.open_content(p_content_id uuid, p_roles app.member_role[]) returns app.contents
language plpgsql set search_path = ''
as $$
declare
  v_workspace_id uuid;
begin
  select c.workspace_id into v_workspace_id from app.contents c
    join app.members m on m.workspace_id = c.workspace_id and m.user_id = (select auth.uid())
    where c.id = p_content_id;
  if v_workspace_id is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content in your workspaces.');
  end if;
  perform app.require_role(v_workspace_id, p_roles);
  return app.lock_content(p_content_id);
end;
$$;
revoke execute on function app.open_content from public;

-- schemas/50_app/is_under_way.sql

-- Whether somebody is at work on a content's publications, or one of them may be out already: then it is not changed any
-- more.
create function app.is_under_way(p_content_id uuid) returns boolean
language sql stable set search_path = ''
as $$
  select exists (
    select from app.publications p
    where p.content_id = p_content_id
      and (p.status in ('publishing', 'unknown', 'published') or p.parts <> '[]'));
$$;
revoke execute on function app.is_under_way from public;

-- schemas/50_app/check_changeable.sql

-- Refuses a content that is decided for good, or that may be out already.
-- Refuses: content_status.
create function app.check_changeable(p_content app.contents) returns void
language plpgsql stable set search_path = ''
as $$
declare
  v_is_under_way boolean := app.is_under_way(p_content.id);
begin
  if p_content.status not in ('needs_review', 'draft', 'pending_approval', 'pending_publish') or v_is_under_way then
    perform app.refuse(409, 'content_status',
      case when v_is_under_way then 'This content is being published, or some of it is out already.'
        else format('This content is %s.', p_content.status) end,
      jsonb_build_object('status', p_content.status, 'is_under_way', v_is_under_way));
  end if;
end;
$$;
revoke execute on function app.check_changeable from public;

-- schemas/50_app/take_back.sql

-- Takes a content whose text has changed back from whoever was given the old one to post: they are given the new one in its
-- turn, which the change does not make too late. Called with its publications locked.
create function app.take_back(p_content_id uuid, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_publication app.publications;
begin
  for v_publication in
    update app.publications p
      set status = 'waiting', late_at = case when p.publish_at > p_now then p.late_at end,
          armed_for = null, armed_at = null, armed_message_id = null
      where p.content_id = p_content_id and p.status = 'handed_off'
      returning p.*
  loop
    perform app.resolve_alerts(v_publication.workspace_id, '{handed_off}', v_publication.id::text, p_now);
  end loop;
end;
$$;
revoke execute on function app.take_back from public;

-- schemas/50_app/check_readable.sql

-- Refuses JSON of a person's that no reader could hold, or that is larger than p_most bytes: one such row would end every
-- list that shows it.
create function app.check_readable(p_name text, p_value jsonb, p_most int) returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if octet_length(p_value::text) > p_most or p_value @? '$.**{20}'
    or p_value @? '$.** ? (@ > 9007199254740992 || @ < -9007199254740992)'
  then
    raise sqlstate '22023' using message = format('%s is too large', p_name);
  end if;
end;
$$;
revoke execute on function app.check_readable from public;

-- schemas/50_app/check_version.sql

-- Refuses whoever has looked at another version of a content than there is: what they would decide about is gone. Null: they
-- mean whatever it is now.
create function app.check_version(p_content app.contents, p_version int) returns void
language plpgsql set search_path = ''
as $$
begin
  if p_version <> p_content.version then
    perform app.refuse(409, 'content_version', 'This content has changed since you looked at it.',
      jsonb_build_object('version', p_content.version));
  end if;
end;
$$;
revoke execute on function app.check_version from public;

-- schemas/50_app/decide_content.sql

drop function app.decide_content;
-- Writes down what was decided about a content, by whom (null: a link or the deadline) and with which note, and that nobody
-- needs to be asked any more. Called with the content locked.
create function app.decide_content(
  p_content app.contents, p_status app.content_status, p_user_id uuid, p_note text, p_action text, p_detail jsonb,
  p_now timestamptz
) returns app.contents
language plpgsql set search_path = ''
as $$
begin
  update app.contents c
    set status = p_status, decided_at = p_now, decided_by = p_user_id, decision_note = nullif(left(p_note, 2000), '')
    where c.id = p_content.id
    returning c.* into p_content;
  perform app.resolve_alerts(p_content.workspace_id, '{approval_wanted}', p_content.id::text, p_now);
  perform app.write_audit(
    p_content.workspace_id, p_user_id, p_action, p_content.id,
    jsonb_build_object('version', p_content.version) || p_detail, p_now);
  return p_content;
end;
$$;
revoke execute on function app.decide_content from public;

-- schemas/50_app/status_when_approved.sql

-- What a content becomes when nothing is in its way any more: on its way if it has publications that are, else a draft.
create function app.status_when_approved(p_content_id uuid) returns app.content_status
language sql stable set search_path = ''
as $$
  select case when exists (
    select from app.publications p where p.content_id = p_content_id and p.status not in ('cancelled', 'failed')
  ) then 'pending_publish' else 'draft' end::app.content_status;
$$;
revoke execute on function app.status_when_approved from public;

-- schemas/50_app/status_when_edited.sql

-- What a content becomes when its text was edited: p_passed says whether the gates let the new one through. A yes, that of a
-- schedule's owner who wants to be asked or one that was given, was about another text.
create function app.status_when_edited(p_content app.contents, p_passed boolean) returns app.content_status
language plpgsql stable set search_path = ''
as $$
begin
  if p_passed is not true or p_content.status = 'needs_review' then
    return 'needs_review';
  elsif p_content.status = 'pending_publish' and (
    p_content.decided_at is not null
    or exists (
      select from app.schedules s
      where s.id = p_content.schedule_id and coalesce(s.settings -> 'approval' ->> 'mode', 'auto') <> 'auto')
  ) then
    return 'pending_approval';
  end if;
  return p_content.status;
end;
$$;
revoke execute on function app.status_when_edited from public;

-- schemas/50_app/approve_version.sql

-- Somebody's yes to one version of a content, locked by lock_content: it goes out where it is to go, or is a draft if that
-- is nowhere. Said too late for its time it goes out at once: waiting for a person makes nothing late. A repetition changes
-- nothing; what is decided otherwise is refused.
create function app.approve_version(
  p_content app.contents, p_version int, p_user_id uuid, p_note text, p_detail jsonb, p_now timestamptz
) returns app.contents
language plpgsql set search_path = ''
as $$
begin
  perform app.check_version(p_content, p_version);
  if p_content.status in ('draft', 'pending_publish') then
    return p_content;
  elsif p_content.status not in ('needs_review', 'pending_approval') then
    perform app.refuse(409, 'content_status', format('This content is %s.', p_content.status),
      jsonb_build_object('status', p_content.status));
  end if;
  update app.publications p set late_at = null
    where p.content_id = p_content.id and p.status = 'waiting' and p.publish_at <= p_now;
  return app.decide_content(
    p_content, app.status_when_approved(p_content.id), p_user_id, p_note, 'content.approve', p_detail, p_now);
end;
$$;
revoke execute on function app.approve_version from public;

-- schemas/50_app/reject_version.sql

-- Somebody's no to a content, locked by lock_content: it is never published, and what waits of it is cancelled. Their note is
-- for the people of the workspace. A repetition changes nothing; what may be out already is refused.
create function app.reject_version(
  p_content app.contents, p_user_id uuid, p_note text, p_detail jsonb, p_now timestamptz
) returns app.contents
language plpgsql set search_path = ''
as $$
begin
  if p_content.status = 'rejected' then
    return p_content;
  end if;
  perform app.check_changeable(p_content);
  p_content := app.decide_content(p_content, 'rejected', p_user_id, p_note, 'content.reject', p_detail, p_now);
  perform app.cancel_each(
    (select array_agg(p.id) from app.publications p where p.content_id = p_content.id), 'rejected', p_now);
  return p_content;
end;
$$;
revoke execute on function app.reject_version from public;

-- schemas/50_app/want_approval.sql

-- Asks the owner, and whom the schedule names, for a yes to this version of a content; they are written to at p_notify_at.
-- Who was asked about an earlier version is asked anew.
create function app.want_approval(p_content app.contents, p_notify_at timestamptz, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
  perform app.resolve_alerts(p_content.workspace_id, '{approval_wanted}', p_content.id::text, p_now);
  perform app.raise_alert(
    p_content.workspace_id, p_content.schedule_id, 'approval_wanted', p_content.id::text,
    jsonb_build_object('version', p_content.version, 'status', p_content.status), p_now,
    p_content_id => p_content.id, p_notify_at => p_notify_at);
end;
$$;
revoke execute on function app.want_approval from public;

-- schemas/50_app/settle_deadline.sql

-- What a schedule wants done with a content about which nobody has decided in time, once that time has come: it goes out, or
-- it expires. Anything else stays as it is. Also called by claims, which hold publications already: here the content is
-- locked first, and of its publications only those that nobody holds are cancelled; whoever holds one sees afterwards what
-- has become of the content.
create function app.settle_deadline(p_content_id uuid, p_now timestamptz) returns app.contents
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
  v_goes_out boolean;
begin
  select c.* into v_content from app.contents c where c.id = p_content_id for no key update;
  if v_content.status is distinct from 'pending_approval' or (v_content.approve_by <= p_now) is not true then
    return v_content;
  end if;
  v_goes_out := v_content.on_deadline = 'publish';
  v_content := app.decide_content(
    v_content, case when v_goes_out then app.status_when_approved(p_content_id) else 'expired' end, null, null,
    'content.deadline', jsonb_build_object('on_deadline', v_content.on_deadline), p_now);
  if not v_goes_out then
    perform app.cancel_each(array_agg(free.id), 'expired', p_now)
      from (
        select p.id from app.publications p
        where p.content_id = p_content_id and p.status in ('waiting', 'handed_off')
        for no key update skip locked) free;
  end if;
  return v_content;
end;
$$;
revoke execute on function app.settle_deadline from public;

-- schemas/50_app/edit_answer.sql

-- The answer of edit_content.
create function app.edit_answer(p_outcome text, p_content app.contents) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return jsonb_build_object(
    'outcome', p_outcome, 'content', app.content_json(p_content),
    'publications', app.content_publications(p_content.id));
end;
$$;
revoke execute on function app.edit_answer from public;

-- schemas/50_app/link_json.sql

-- A link as its makers see it.
create function app.link_json(p_link app.approval_links) returns jsonb
language sql immutable set search_path = ''
as $$
  select to_jsonb(p_link);
$$;
revoke execute on function app.link_json from public;

-- schemas/50_app/link_state.sql

-- Whether a link can still be used, and if not, why:
-- open:    it decides.
-- used:    it has decided.
-- expired: its time is over.
-- void:    the content was edited since, and is another one now.
-- decided: somebody else has decided, or nobody has in time.
create function app.link_state(p_link app.approval_links, p_content app.contents, p_now timestamptz) returns text
language sql immutable set search_path = ''
as $$
  select case
    when p_link.used_at is not null then 'used'
    when p_now >= p_link.expires_at then 'expired'
    when p_content.version <> p_link.version then 'void'
    when p_content.status not in ('needs_review', 'pending_approval') then 'decided'
    when p_content.status = 'pending_approval' and p_content.approve_by <= p_now then 'decided'
    else 'open' end;
$$;
revoke execute on function app.link_state from public;

-- schemas/50_app/find_link.sql

-- A link by its id. Refuses an unknown one.
create function app.find_link(p_link_id uuid) returns app.approval_links
language plpgsql stable set search_path = ''
as $$
declare
  v_link app.approval_links;
begin
  select l.* into v_link from app.approval_links l where l.id = p_link_id;
  if v_link.id is null then
    perform app.refuse(404, 'link_not_found', 'There is no such link.');
  end if;
  return v_link;
end;
$$;
revoke execute on function app.find_link from public;

-- schemas/50_app/make_link.sql

-- Stores a link to a content as p_content has it, made by a person or (null) by ourselves. An id that is stored already
-- stands for what it was made for.
create function app.make_link(
  p_link_id uuid, p_content app.contents, p_user_id uuid, p_expires_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_link app.approval_links;
begin
  select l.* into v_link from app.approval_links l where l.id = p_link_id;
  if v_link.id is null then
    if p_content.status not in ('needs_review', 'pending_approval') then
      perform app.refuse(409, 'content_status', format('This content is %s.', p_content.status),
        jsonb_build_object('status', p_content.status));
    end if;
    insert into app.approval_links (id, workspace_id, content_id, version, created_by, created_at, expires_at)
      values (
        p_link_id, p_content.workspace_id, p_content.id, p_content.version, p_user_id, p_now,
        least(p_expires_at, p_now + interval '31 days'))
      on conflict (id) do nothing;
    select l.* into v_link from app.approval_links l where l.id = p_link_id;
    if p_user_id is not null then
      perform app.write_audit(p_content.workspace_id, p_user_id, 'content.link', p_content.id,
        jsonb_build_object('link', p_link_id, 'version', p_content.version), p_now);
    end if;
  end if;
  if v_link.content_id <> p_content.id then
    perform app.refuse(409, 'link_taken', 'This id is another link''s.');
  end if;
  return jsonb_build_object('outcome', 'created', 'link', app.link_json(v_link));
end;
$$;
revoke execute on function app.make_link from public;

-- schemas/50_app/is_held.sql

-- Whether a publication would have gone out by now, had its workspace not been stopped.
create function app.is_held(p_publication app.publications, p_now timestamptz) returns boolean
language sql immutable set search_path = ''
as $$
  select p_publication.status = 'waiting' and p_publication.publish_at <= p_now;
$$;
revoke execute on function app.is_held from public;

-- schemas/50_app/is_idle.sql

-- Whether a run has begun, or was queued, and nobody is at work on it.
create function app.is_idle(p_run app.runs, p_now timestamptz) returns boolean
language sql immutable set search_path = ''
as $$
  select p_run.status = 'retrying' or (p_run.status = 'running' and p_run.lease_until <= p_now);
$$;
revoke execute on function app.is_idle from public;

-- schemas/50_app/let_go.sql

-- Lets publications that were held go out: at once, or p_spread apart at each account, and never closer than the account's
-- own spacing. The stop has made none of them late: each has as long from its turn on as it had from its time on. They are
-- locked, with their accounts; their messages were answered `held`.
create function app.let_go(p_ids uuid[], p_spread interval, p_now timestamptz) returns void
language sql set search_path = ''
as $$
  update app.publications p
    set publish_at = case when p_spread is null then p.publish_at else turn.at end,
        late_at = case when p.late_at is not null
          then greatest(p.late_at, turn.at + greatest(p.late_at - p.publish_at, interval '15 minutes')) end,
        armed_for = null, armed_at = null, armed_message_id = null
    from (
      select held.id,
        p_now + greatest(a.spacing, p_spread)
          * (row_number() over (partition by held.account_id order by held.publish_at, held.id) - 1) as at
      from app.publications held join app.accounts a on a.id = held.account_id
      where held.id = any (p_ids)) turn
    where p.id = turn.id;
$$;
revoke execute on function app.let_go from public;

-- schemas/50_app/move_held.sql

-- Moves the schedules of a workspace that goes on, p_schedules as resume_workspace takes it. Each is a compare-and-set on due
-- time and revision, and one that does not hold refuses them all: what the person has asked for is done as a whole. Which
-- were moved. Called with the schedules locked.
create function app.move_held(p_workspace_id uuid, p_schedules jsonb, p_now timestamptz) returns uuid[]
language plpgsql set search_path = ''
as $$
declare
  v_one record;
  v_schedule app.schedules;
  v_moved uuid[] := '{}';
begin
  for v_one in
    select * from jsonb_to_recordset(p_schedules) as one (
      schedule_id uuid, due_at timestamptz, revision int, skipped timestamptz[], missed timestamptz[],
      next_run_at timestamptz, late_at timestamptz)
  loop
    select s.* into v_schedule from app.schedules s
      where s.id = v_one.schedule_id and s.workspace_id = p_workspace_id and s.next_run_at = v_one.due_at
        and s.revision = v_one.revision and s.next_run_at <= p_now and s.id <> all (v_moved);
    if v_schedule.id is null then
      perform app.refuse(409, 'schedules_changed', 'Schedules have changed meanwhile; try again.');
    end if;
    perform app.move_one_held(
      v_schedule, coalesce(v_one.skipped, '{}'), coalesce(v_one.missed, '{}'), v_one.next_run_at, v_one.late_at, p_now);
    v_moved := v_moved || v_schedule.id;
  end loop;
  if exists (
    select from app.schedules s
    where s.workspace_id = p_workspace_id and s.next_run_at <= p_now and s.id <> all (v_moved)
  ) then
    perform app.refuse(409, 'schedules_changed', 'Schedules have changed meanwhile; try again.');
  end if;
  return v_moved;
end;
$$;
revoke execute on function app.move_held from public;

-- schemas/50_app/move_one_held.sql

-- Writes the rows of due times that were held and are not performed, and lets the schedule, which is locked, wait for
-- p_next_run_at: one of them that still stands, or the first that is ahead. Its message, if it had one, was answered `held`.
create function app.move_one_held(
  p_schedule app.schedules, p_skipped timestamptz[], p_missed timestamptz[], p_next_run_at timestamptz,
  p_late_at timestamptz, p_now timestamptz
) returns void
language plpgsql set search_path = ''
as $$
declare
  v_most constant int := 20000;
  v_due_at timestamptz := p_schedule.next_run_at;
begin
  if cardinality(p_skipped) + cardinality(p_missed) > v_most or exists (
    select from unnest(p_skipped || p_missed) as past (due_at)
    where (past.due_at between v_due_at and p_now and past.due_at < coalesce(p_next_run_at, 'infinity')) is not true
  ) then
    raise sqlstate '22023' using message = 'only due times from the one that was held up to now get a row';
  end if;
  insert into app.runs (
    workspace_id, schedule_id, trigger, due_at, status, reason, revision, created_at, finished_at)
  select
    p_schedule.workspace_id, p_schedule.id, 'schedule', past.due_at, past.status, past.reason, p_schedule.revision, p_now,
    p_now
  from (
    select unnest(p_skipped) as due_at, 'skipped'::app.run_status as status, 'stopped'::app.run_reason as reason
    union all
    select unnest(p_missed), 'missed', 'late') past
  on conflict (schedule_id, due_at) do nothing;
  if p_next_run_at = v_due_at then
    perform app.set_next_run(p_schedule.id, p_next_run_at, p_late_at, p_now);
  elsif (app.move_on(p_schedule, v_due_at, p_schedule.revision, p_next_run_at, p_late_at, p_now)).id is null then
    raise sqlstate '22023' using message = 'a due time that was held would disappear';
  end if;
end;
$$;
revoke execute on function app.move_one_held from public;

-- schemas/50_app/skip_idle.sql

-- Ends the runs of a workspace that nobody is at work on: they were held while it was stopped, and are not wanted any more.
-- How many. Called with the workspace's schedules locked.
create function app.skip_idle(p_workspace_id uuid, p_now timestamptz) returns int
language plpgsql set search_path = ''
as $$
declare
  v_run app.runs;
  v_count int := 0;
begin
  for v_run in
    select r.* from app.runs r where r.workspace_id = p_workspace_id and app.is_idle(r, p_now)
    order by r.id for no key update
  loop
    perform app.end_run(v_run, 'skipped', 'stopped', nextval('app.run_fences'), p_now);
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
revoke execute on function app.skip_idle from public;

-- schemas/50_app/reviewers.sql

-- Who is sent a link when a content of a schedule with these settings waits for a yes. Settings may be written past our
-- doors: what no reader would take as a list of a few addresses names nobody.
create function app.reviewers(p_settings jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select coalesce(jsonb_agg(named.mail order by named.place), '[]')
    from jsonb_array_elements(
      case when jsonb_typeof(p_settings -> 'approval' -> 'reviewers') = 'array'
        then p_settings -> 'approval' -> 'reviewers' else '[]' end) with ordinality as named (mail, place)
    where jsonb_typeof(named.mail) = 'string' and named.mail #>> '{}' like '%_@_%' and named.place <= 10;
$$;
revoke execute on function app.reviewers from public;

-- schemas/50_app/notice_json.sql

-- An alert with all that a letter about it says, and to whom. The subject of what is about a publication is its id.
create function app.notice_json(p_alert app.alerts) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_schedule app.schedules;
  v_publication app.publications;
begin
  select s.* into v_schedule from app.schedules s where s.id = p_alert.schedule_id;
  if p_alert.kind in ('publication_failed', 'publication_unknown', 'handed_off') then
    select p.* into v_publication from app.publications p
      where p.id::text = p_alert.subject and p.workspace_id = p_alert.workspace_id;
  end if;
  return jsonb_build_object(
    'id', p_alert.id, 'kind', p_alert.kind, 'attempt', p_alert.notify_attempts, 'details', p_alert.details,
    'workspace_name', (select w.name from app.workspaces w where w.id = p_alert.workspace_id),
    'schedule_name', v_schedule.name, 'timezone', v_schedule.timezone,
    'language', case
      when jsonb_typeof(v_schedule.settings -> 'language') = 'string' then v_schedule.settings ->> 'language' end,
    'owners', (
      select coalesce(jsonb_agg(u.email order by u.email), '[]')
      from app.members m join auth.users u on u.id = m.user_id
      where m.workspace_id = p_alert.workspace_id and m.role = 'owner' and u.email is not null),
    'reviewers', case when p_alert.kind = 'approval_wanted' then app.reviewers(v_schedule.settings) else '[]' end,
    'content', (
      select jsonb_build_object(
        'id', c.id, 'version', c.version, 'kind', c.kind, 'status', c.status, 'title', c.title, 'body', c.body,
        'segments', c.segments, 'approve_by', c.approve_by, 'on_deadline', c.on_deadline)
      from app.contents c where c.id = p_alert.content_id),
    'publication', case when v_publication.id is not null then app.publication_json(v_publication) end,
    'account', (
      select app.account_json(a) from app.accounts a
      where a.id = coalesce(p_alert.account_id, v_publication.account_id)));
end;
$$;
revoke execute on function app.notice_json from public;

-- schemas/50_app/letter_json.sql

-- A dead letter as every caller sees it: all columns but the message itself.
create function app.letter_json(p_letter app.dead_letters) returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(p_letter) - 'body';
$$;
revoke execute on function app.letter_json from public;

-- schemas/50_app/note_letter.sql

-- Writes into a letter's history what was done about it, and where it stands now; it is locked. p_detail may name who, and
-- what came of it.
create function app.note_letter(
  p_letter app.dead_letters, p_status app.dead_letter_status, p_event text, p_detail jsonb, p_now timestamptz
) returns app.dead_letters
language plpgsql set search_path = ''
as $$
begin
  update app.dead_letters d
    set letter_status = p_status, redrive_at = case when p_status = 'open' then d.redrive_at end,
        history = d.history || (jsonb_build_object('at', p_now, 'event', p_event) || jsonb_strip_nulls(p_detail))
    where d.id = p_letter.id
    returning d.* into p_letter;
  return p_letter;
end;
$$;
revoke execute on function app.note_letter from public;

-- schemas/50_app/require_letter.sql

-- A dead letter that the signed-in person may do something about. Another tenant's does not exist for them.
create function app.require_letter(p_letter_id uuid) returns app.dead_letters
language plpgsql stable set search_path = ''
as $$
declare
  v_letter app.dead_letters;
begin
  select d.* into v_letter from app.dead_letters d
    join app.members m on m.workspace_id = d.workspace_id and m.user_id = (select auth.uid())
    where d.id = p_letter_id;
  if v_letter.id is null then
    perform app.refuse(404, 'dead_letter_not_found', 'There is no such dead letter in your workspaces.');
  end if;
  perform app.require_role(v_letter.workspace_id, '{owner,editor}');
  return v_letter;
end;
$$;
revoke execute on function app.require_letter from public;

-- schemas/50_app/given_up.sql

-- What has become, by the ledger, of the run or the occurrence that a letter is about:
-- ended:   it has ended without a text.
-- goes_on: it is under way, or is still waited for.
-- nothing: it is none that we know, or it has its text.
create function app.given_up(p_letter app.dead_letters) returns text
language plpgsql stable set search_path = ''
as $$
declare
  v_status app.run_status := (
    select r.status from app.runs r
    where r.id = p_letter.run_id
      or (p_letter.run_id is null and r.schedule_id = p_letter.schedule_id and r.due_at = p_letter.due_at));
begin
  return case
    when v_status in ('failed', 'skipped', 'missed') then 'ended'
    when v_status in ('running', 'retrying') then 'goes_on'
    when v_status is null and exists (
      select from app.schedules s where s.id = p_letter.schedule_id and s.next_run_at = p_letter.due_at) then 'goes_on'
    else 'nothing' end;
end;
$$;
revoke execute on function app.given_up from public;

-- schemas/50_app/lock_publications.sql

-- Locks several publications for one transaction: all their accounts, then themselves, then their contents, each in order of
-- id, so that whoever else locks some of them never waits in a circle.
create function app.lock_publications(p_ids uuid[]) returns void
language plpgsql set search_path = ''
as $$
begin
  perform from app.accounts a
    where a.id in (select p.account_id from app.publications p where p.id = any (p_ids))
    order by a.id for no key update;
  perform from app.publications p where p.id = any (p_ids) order by p.id for no key update;
  perform from app.contents c
    where c.id in (select p.content_id from app.publications p where p.id = any (p_ids))
    order by c.id for no key update;
end;
$$;
revoke execute on function app.lock_publications from public;

-- schemas/50_app/redrive_letter.sql

-- Sends a letter's publication through the pipeline again by itself, if it still wants that: its id, or none. What is too
-- late by now is for a person to decide, and what refuses it, a lost account or a schedule in the bin, for one to mend.
create function app.redrive_letter(p_letter_id uuid, p_now timestamptz) returns uuid[]
language plpgsql set search_path = ''
as $$
declare
  v_publication app.publications;
  v_letter app.dead_letters;
begin
  v_publication := app.lock_publication((
    select d.publication_id from app.dead_letters d where d.id = p_letter_id));
  select d.* into v_letter from app.dead_letters d where d.id = p_letter_id for no key update;
  if v_letter.letter_status <> 'open' or (v_letter.redrive_at <= p_now) is not true then
    return '{}';
  elsif exists (select from app.workspaces w where w.id = v_letter.workspace_id and w.paused_at is not null) then
    update app.dead_letters d set redrive_at = p_now + interval '1 hour' where d.id = p_letter_id;
    return '{}';
  elsif v_publication.status is distinct from 'failed' then
    perform app.note_letter(v_letter, 'settled', 'settled', '{}', p_now);
    return '{}';
  end if;
  begin
    if v_publication.late_at <= p_now then
      perform app.refuse(409, 'late', 'Its time has passed.');
    end if;
    perform app.revive_publication(v_publication, null, p_now);
  exception when sqlstate 'PT409' then
    update app.dead_letters d set redrive_at = null where d.id = p_letter_id;
    perform app.note_letter(v_letter, 'open', 'not_redriven', jsonb_build_object('message', sqlerrm), p_now);
    perform app.raise_alert(
      v_publication.workspace_id, v_publication.schedule_id, 'publication_failed', v_publication.id::text,
      jsonb_build_object('reason', v_publication.reason), p_now, p_account_id => v_publication.account_id,
      p_content_id => v_publication.content_id, p_notify_at => p_now);
    return '{}';
  end;
  update app.dead_letters d set redrives = d.redrives + 1 where d.id = p_letter_id;
  perform app.note_letter(v_letter, 'replayed', 'redriven', '{}', p_now);
  return array[v_publication.id];
end;
$$;
revoke execute on function app.redrive_letter from public;

-- schemas/50_app/settle_ended_letters.sql

-- Letters of messages that were given up while there was time left: once the run has ended, they say how. With a text it is
-- settled; without one a person may replay it. How many.
create function app.settle_ended_letters(p_now timestamptz, p_limit int) returns int
language plpgsql set search_path = ''
as $$
declare
  v_letter app.dead_letters;
  v_end text;
  v_count int := 0;
begin
  for v_letter in
    select d.* from app.dead_letters d
    where d.outcome = 'waiting' and d.letter_status = 'open' and app.given_up(d) <> 'goes_on'
    order by d.created_at, d.id limit p_limit for no key update skip locked
  loop
    v_end := app.given_up(v_letter);
    update app.dead_letters d
      set outcome = case v_end when 'ended' then 'failed' else 'closed' end, settled_at = p_now where d.id = v_letter.id;
    perform app.note_letter(
      v_letter, case v_end when 'ended' then 'open' else 'settled' end::app.dead_letter_status, 'settled',
      jsonb_build_object('outcome', v_end), p_now);
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
revoke execute on function app.settle_ended_letters from public;

-- schemas/50_app/settle_given_up_publication.sql

-- What becomes of the publication whose message was given up; outcomes as settle_dead_letter describes them. Null when it is
-- unknown. What waits has no message any more, so that the sweep sends it another one.
create function app.settle_given_up_publication(p_publication_id uuid, p_now timestamptz) returns text
language plpgsql set search_path = ''
as $$
declare
  v_publication app.publications := app.lock_publication(p_publication_id);
  v_account app.accounts;
  v_settlement jsonb;
begin
  if v_publication.id is null or v_publication.lease_until > p_now
    or v_publication.status not in ('waiting', 'publishing', 'unknown')
    or (v_publication.status = 'unknown' and v_publication.read_at is null)
  then
    return 'closed';
  elsif v_publication.status = 'waiting' and v_publication.late_at <= p_now and not exists (
    select from app.workspaces w where w.id = v_publication.workspace_id and w.paused_at is not null)
  then
    select a.* into v_account from app.accounts a where a.id = v_publication.account_id;
    v_settlement := app.late_settlement(v_publication, v_account);
    if v_settlement ->> 'reason' = 'late' then
      v_settlement := v_settlement || '{"reason": "delivery", "cause": "delivery"}';
    end if;
    v_publication := app.write_settlement(v_publication, v_account, v_settlement, p_now);
    perform app.settle_content(v_publication.content_id, p_now);
    return case v_publication.status when 'failed' then 'failed' else 'closed' end;
  end if;
  update app.publications p set armed_for = null, armed_at = null, armed_message_id = null where p.id = p_publication_id;
  return 'waiting';
end;
$$;
revoke execute on function app.settle_given_up_publication from public;

-- schemas/60_user/approve_content.sql

drop function public.approve_content;
-- Called by the doors for people: this version of a content (null: whatever it is now) may go out, or go on as a draft,
-- whatever the gates said. p_note is for the people of the workspace, and never published.
-- approved: done; also what a repetition answers. With its `publications`: those that wait can be armed.
-- Refuses: content_not_found, role, content_version (it was edited since), content_status (it is out, rejected or expired).
create function public.approve_content(p_content_id uuid, p_version int, p_note text, p_now timestamptz)
returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_content app.contents := app.open_content(p_content_id, '{owner,editor}');
begin
  perform app.check_now(p_now);
  v_content := app.approve_version(v_content, p_version, (select auth.uid()), p_note, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'approved', 'content', app.content_json(v_content),
    'publications', app.content_publications(p_content_id));
end;
$$;
revoke execute on function public.approve_content from public, anon, authenticated, service_role;
grant execute on function public.approve_content to authenticated;

-- schemas/60_user/begin_connection.sql

-- Called by the doors for people who connect an account by OAuth: what came with them is kept under the hash of the state,
-- until they come back with it. p_workspace_id null: the person's own.
-- begun: stored; also what a repetition answers.
-- Refuses: workspace_not_found, role, state_taken (it is another connection's).
create function public.begin_connection(
  p_state_hash text, p_workspace_id uuid, p_platform text, p_key_id text, p_sealed text, p_expires_at timestamptz,
  p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_state app.oauth_states;
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  -- What this person has begun and left is of no use to anybody.
  delete from app.oauth_states o where o.user_id = (select auth.uid()) and o.expires_at < p_now - interval '1 day';
  insert into app.oauth_states (
    state_hash, workspace_id, user_id, platform, key_id, sealed, created_at, expires_at)
  values (
    p_state_hash, v_workspace_id, (select auth.uid()), p_platform::app.platform, p_key_id, p_sealed, p_now,
    least(p_expires_at, p_now + interval '1 hour'))
  on conflict (state_hash) do nothing;
  select o.* into v_state from app.oauth_states o where o.state_hash = p_state_hash;
  if (v_state.user_id, v_state.workspace_id, v_state.sealed) is distinct from
    ((select auth.uid()), v_workspace_id, p_sealed)
  then
    perform app.refuse(409, 'state_taken', 'This is another connection; begin again.');
  end if;
  return jsonb_build_object('outcome', 'begun', 'expires_at', v_state.expires_at);
end;
$$;
revoke execute on function public.begin_connection from public, anon, authenticated, service_role;
grant execute on function public.begin_connection to authenticated;

-- schemas/60_user/connect_account.sql

-- Called by the doors for people, after the platform has said whose account it is. p_workspace_id null: the person's own.
-- p_credentials = {key_id, sealed, expires_at}, sealed for p_account_id; null where a person posts.
--
-- connected:   stored as p_account_id; also what a repetition answers while nobody has changed it.
-- reconnected: p_account_id was connected before: its credentials are replaced, and it can be published to again. Its name,
--              cadence and spacing stay as its owner has set them.
-- exists:      the workspace has this very account under another id, which is answered. Nothing is written.
-- Refuses: workspace_not_found, role, account_mismatch (the id is another account's), account_removed, account_limit.
create function public.connect_account(
  p_account_id uuid, p_workspace_id uuid, p_platform text, p_name text, p_external_id text, p_settings jsonb,
  p_credentials jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_most constant int := 200;
  v_account app.accounts;
  v_outcome text := 'connected';
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  -- Of two that connect the same account at once, the second finds what the first has stored.
  perform from app.workspaces w where w.id = v_workspace_id for no key update;
  select a.* into v_account from app.accounts a
    where a.workspace_id = v_workspace_id and a.platform = p_platform::app.platform
      and a.external_id = p_external_id and a.status <> 'removed'
    for no key update;
  if v_account.id is null then
    select a.* into v_account from app.accounts a where a.id = p_account_id;
    if v_account.status = 'removed' and v_account.workspace_id = v_workspace_id then
      perform app.refuse(409, 'account_removed', 'This account was removed; connect it as a new one.');
    elsif v_account.id is not null then
      perform app.refuse(409, 'account_mismatch', 'This id is another account''s.');
    elsif v_most <= (
      select count(*) from app.accounts a where a.workspace_id = v_workspace_id and a.status <> 'removed')
    then
      perform app.refuse(403, 'account_limit', format('A workspace has at most %s accounts.', v_most),
        jsonb_build_object('limit', v_most));
    end if;
    insert into app.accounts (
      id, workspace_id, platform, name, external_id, settings, created_by, created_at, updated_at)
    values (
      p_account_id, v_workspace_id, p_platform::app.platform, p_name, p_external_id, coalesce(p_settings, '{}'),
      (select auth.uid()), p_now, p_now)
    returning * into v_account;
  elsif v_account.id <> p_account_id then
    return jsonb_build_object('outcome', 'exists', 'account', app.account_json(v_account));
  elsif v_account.created_at <> p_now then
    v_outcome := 'reconnected';
    v_account := app.mark_account(v_account, 'active', null, p_now);
    update app.accounts a
      set settings = coalesce(p_settings, '{}'), updated_at = p_now
      where a.id = v_account.id
      returning a.* into v_account;
  end if;
  perform app.keep_credentials(v_account, p_credentials, p_now);
  if not exists (
    select from app.audit_log l
    where l.workspace_id = v_workspace_id and l.at = p_now and l.target = v_account.id and l.action = 'account.connect'
  ) then
    perform app.write_audit(v_workspace_id, (select auth.uid()), 'account.connect', v_account.id, '{}', p_now);
  end if;
  return jsonb_build_object('outcome', v_outcome, 'account', app.account_json(v_account));
end;
$$;
revoke execute on function public.connect_account from public, anon, authenticated, service_role;
grant execute on function public.connect_account to authenticated;

-- schemas/60_user/create_approval_link.sql

-- Called by the doors for people: a link by which somebody without a login may decide about a content as it is now, once.
-- The application signs it; p_link_id is its id.
-- created: {link: {id, content_id, version, created_at, expires_at}}; a repetition answers with the same one.
-- Refuses: content_not_found, role, content_status (there is nothing to decide).
create function public.create_approval_link(
  p_link_id uuid, p_content_id uuid, p_expires_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_content app.contents := app.open_content(p_content_id, '{owner,editor}');
begin
  perform app.check_now(p_now);
  return app.make_link(p_link_id, v_content, (select auth.uid()), p_expires_at, p_now);
end;
$$;
revoke execute on function public.create_approval_link from public, anon, authenticated, service_role;
grant execute on function public.create_approval_link to authenticated;

-- schemas/60_user/discard_dead_letter.sql

-- Called by the doors for people: nothing more is done about it. p_note says why.
-- discarded: done.
-- unchanged: it was discarded already.
-- Refuses: dead_letter_not_found, role, dead_letter_status (it went through the pipeline again).
create function public.discard_dead_letter(p_letter_id uuid, p_note text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_letter app.dead_letters := app.require_letter(p_letter_id);
begin
  perform app.check_now(p_now);
  select d.* into v_letter from app.dead_letters d where d.id = p_letter_id for no key update;
  if v_letter.letter_status = 'discarded' then
    return jsonb_build_object('outcome', 'unchanged', 'dead_letter', app.letter_json(v_letter));
  elsif v_letter.letter_status = 'replayed' then
    perform app.refuse(409, 'dead_letter_status', 'This went through the pipeline again already.',
      jsonb_build_object('status', v_letter.letter_status));
  end if;
  update app.dead_letters d set note = nullif(left(p_note, 2000), '') where d.id = p_letter_id;
  v_letter := app.note_letter(
    v_letter, 'discarded', 'discarded', jsonb_build_object('by', (select auth.uid())), p_now);
  perform app.resolve_alerts(
    v_letter.workspace_id, '{publication_failed}', v_letter.publication_id::text, p_now);
  perform app.write_audit(
    v_letter.workspace_id, (select auth.uid()), 'dead_letter.discard', p_letter_id, '{}', p_now);
  return jsonb_build_object('outcome', 'discarded', 'dead_letter', app.letter_json(v_letter));
end;
$$;
revoke execute on function public.discard_dead_letter from public, anon, authenticated, service_role;
grant execute on function public.discard_dead_letter to authenticated;

-- schemas/60_user/edit_content.sql

-- Called by the doors for people. p_changes = {title, body, segments, word_count, memory, verdict, score, score_parts}: the
-- text as it is to be, what the gates say to it, and what later ones are compared with; without a verdict that says passed it
-- waits for a person. An edit makes a new version, which nobody has approved: links to the old one are void.
--
-- edited:    stored as the version after p_version; also what a repetition answers. Where a yes was wanted, or given, it is
--            wanted anew; a deadline that has passed meanwhile does not decide.
-- unchanged: the text is as p_changes wants it.
-- Both with its `publications`.
-- Refuses: content_not_found, role, content_version (somebody else has edited it), content_status (it may be out already,
-- or it was rejected or has expired); SQLSTATE 22023 for another field.
create function public.edit_content(p_content_id uuid, p_version int, p_changes jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.contents := app.open_content(p_content_id, '{owner,editor}');
  v_new app.contents := jsonb_populate_record(v_old, p_changes);
  v_is_same boolean;
  v_verdict jsonb := case when jsonb_typeof(p_changes -> 'verdict') = 'object' then p_changes -> 'verdict' else '{}' end;
  v_unknown text;
begin
  perform app.check_now(p_now);
  select key into v_unknown from jsonb_object_keys(p_changes) as key
    where key <> all (array['title', 'body', 'segments', 'word_count', 'memory', 'verdict', 'score', 'score_parts'])
    order by key limit 1;
  if v_unknown is not null then
    raise sqlstate '22023' using message = format('unknown field %s', v_unknown);
  end if;
  perform app.check_readable('the text', jsonb_build_array(v_new.title, v_new.body, v_new.segments), 262144);
  perform app.check_readable('the verdict', p_changes -> 'verdict', 65536);
  perform app.check_readable('the score', p_changes -> 'score_parts', 4096);
  v_new.segments := nullif(v_new.segments, 'null');
  if not (jsonb_typeof(v_new.segments) = 'array' and not v_new.segments @? '$[*] ? (@.type() != "string")') then
    raise sqlstate '22023' using message = 'segments are a list of texts';
  end if;
  v_is_same := (v_new.title, v_new.body, v_new.segments) is not distinct from (v_old.title, v_old.body, v_old.segments);
  if v_is_same and v_old.version = p_version + 1 then
    return app.edit_answer('edited', v_old);
  end if;
  perform app.check_version(v_old, p_version);
  if v_is_same then
    return app.edit_answer('unchanged', v_old);
  end if;
  perform app.check_changeable(v_old);
  update app.contents c
    set title = v_new.title, body = v_new.body, segments = v_new.segments, word_count = coalesce(v_new.word_count, 0),
        memory = nullif(left(v_new.memory, 2000), ''), score = least(greatest(v_new.score, 0), 100),
        verdict = v_verdict,
        meta = c.meta || jsonb_strip_nulls(jsonb_build_object('score_parts', p_changes -> 'score_parts')),
        status = app.status_when_edited(v_old, v_verdict ->> 'passed' = 'true'),
        version = c.version + 1, decided_at = null, decided_by = null, decision_note = null,
        approve_by = case when c.approve_by > p_now then c.approve_by end,
        on_deadline = case when c.approve_by > p_now then c.on_deadline end
    where c.id = p_content_id
    returning c.* into v_new;
  perform app.take_back(p_content_id, p_now);
  if v_new.status = 'pending_approval' then
    perform app.want_approval(v_new, p_now, p_now);
  end if;
  perform app.write_audit(v_new.workspace_id, (select auth.uid()), 'content.edit', p_content_id,
    jsonb_build_object('version', v_new.version), p_now);
  return app.edit_answer('edited', v_new);
end;
$$;
revoke execute on function public.edit_content from public, anon, authenticated, service_role;
grant execute on function public.edit_content to authenticated;

-- schemas/60_user/find_account.sql

-- Called by the doors for people before they connect an account, as credentials are sealed for one account's id:
-- {account_id} of the one that this workspace (null: the person's own) has at the platform already, null if none.
-- Refuses: workspace_not_found.
create function public.find_account(p_workspace_id uuid, p_platform text, p_external_id text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
begin
  return jsonb_build_object('account_id', (
    select a.id from app.accounts a
    where a.workspace_id = v_workspace_id and a.platform = p_platform::app.platform
      and a.external_id = p_external_id and a.status <> 'removed'));
end;
$$;
revoke execute on function public.find_account from public, anon, authenticated, service_role;
grant execute on function public.find_account to authenticated;

-- schemas/60_user/get_account.sql

-- Called by the doors for people: one account, also one that was removed, and the person's role.
-- Refuses: account_not_found.
create function public.get_account(p_account_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_found jsonb;
begin
  select jsonb_build_object('account', app.account_json(a), 'role', m.role) into v_found
    from app.accounts a
    join app.members m on m.workspace_id = a.workspace_id and m.user_id = (select auth.uid())
    where a.id = p_account_id;
  if v_found is null then
    perform app.refuse(404, 'account_not_found', 'There is no such account in your workspaces.');
  end if;
  return v_found;
end;
$$;
revoke execute on function public.get_account from public, anon, authenticated, service_role;
grant execute on function public.get_account to authenticated;

-- schemas/60_user/list_accounts.sql

-- Called by the doors for people: where a workspace (null: the person's own) publishes to, the oldest first, without those
-- that were removed. What proves us to a platform is never among it.
-- Refuses: workspace_not_found.
create function public.list_accounts(p_workspace_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
begin
  return jsonb_build_object('accounts', (
    select coalesce(jsonb_agg(app.account_json(a) order by a.created_at, a.id), '[]')
    from app.accounts a where a.workspace_id = v_workspace_id and a.status <> 'removed'));
end;
$$;
revoke execute on function public.list_accounts from public, anon, authenticated, service_role;
grant execute on function public.list_accounts to authenticated;

-- schemas/60_user/list_dead_letters.sql

-- Called by the doors for people: what was given up in a workspace (null: the person's own), newest first, of p_status only
-- if it is given. p_after is {created_at, id} of the last one seen. `more`: there are others after these.
-- Refuses: workspace_not_found.
create function public.list_dead_letters(p_workspace_id uuid, p_status text, p_after jsonb, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
  v_limit int := app.page_size(p_limit);
  v_before timestamptz := coalesce((p_after ->> 'created_at')::timestamptz, 'infinity');
  v_before_id uuid := coalesce((p_after ->> 'id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_found jsonb;
begin
  select coalesce(jsonb_agg(app.letter_json(page) order by page.created_at desc, page.id desc), '[]') into v_found
    from (
      select d.* from app.dead_letters d
      where d.workspace_id = v_workspace_id
        and (p_status is null or d.letter_status = p_status::app.dead_letter_status)
        and (d.created_at, d.id) < (v_before, v_before_id)
      order by d.created_at desc, d.id desc limit v_limit + 1) page;
  return app.page('dead_letters', v_found, v_limit);
end;
$$;
revoke execute on function public.list_dead_letters from public, anon, authenticated, service_role;
grant execute on function public.list_dead_letters to authenticated;

-- schemas/60_user/list_held.sql

-- Called by the doors for people before a stopped workspace (null: the person's own) goes on: {workspace, schedules whose
-- occurrence is due, runs that nobody is at work on, publications that are due; the last two in numbers}. Nothing is held
-- where nothing is stopped.
-- Refuses: workspace_not_found.
create function public.list_held(p_workspace_id uuid, p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
  v_workspace app.workspaces;
begin
  select w.* into v_workspace from app.workspaces w where w.id = v_workspace_id;
  if v_workspace.id is null then
    perform app.refuse(404, 'workspace_not_found', 'There is no such workspace for you.');
  end if;
  return jsonb_build_object(
    'workspace', to_jsonb(v_workspace),
    'schedules', (
      select coalesce(jsonb_agg(app.schedule_json(s) order by s.next_run_at, s.id), '[]') from app.schedules s
      where v_workspace.paused_at is not null and s.workspace_id = v_workspace_id and s.next_run_at <= p_now),
    'runs', (
      select count(*) from app.runs r
      where v_workspace.paused_at is not null and r.workspace_id = v_workspace_id and app.is_idle(r, p_now)),
    'publications', (
      select count(*) from app.publications p
      where v_workspace.paused_at is not null and p.workspace_id = v_workspace_id and app.is_held(p, p_now)));
end;
$$;
revoke execute on function public.list_held from public, anon, authenticated, service_role;
grant execute on function public.list_held to authenticated;

-- schemas/60_user/list_workspaces.sql

drop function public.list_workspaces;
-- Called by the doors for people, to show where they may work: role, plan, limits, the owner's caps, and what is used
-- of them. Makes the person's own workspace if it is not there yet. Costs are of UTC days and count what is held back for
-- running work too; runs_today counts contents, as the quota does; the last 7 days include today. What waits for a person,
-- each counted up to 100: needs_review and pending_approval, contents; to_decide, publications that may be out or that they
-- were given to post; dead_letters, what was given up.
create function public.list_workspaces(p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_own uuid := app.personal_workspace(p_now);
  v_today date := app.utc_day(p_now);
  v_month date := date_trunc('month', app.utc_day(p_now)::timestamp);
begin
  perform app.check_now(p_now);
  return jsonb_build_object('workspaces', (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'id', w.id, 'name', w.name, 'role', m.role, 'plan', w.plan, 'subscription_status', w.subscription_status,
        'period_end', w.period_end, 'paused_at', w.paused_at,
        'limits', to_jsonb(p), 'daily_cost_cap', w.daily_cost_cap, 'monthly_cost_cap', w.monthly_cost_cap,
        'usage', jsonb_build_object(
          'schedules',
            (select count(*) from app.schedules s where s.workspace_id = w.id and s.deleted_at is null),
          'runs_today', used.runs_today, 'cost_today', used.cost_today, 'cost_month', used.cost_month,
          'cost_last_7_days', used.cost_last_7_days,
          'needs_review', (select count(*) from (
            select from app.contents c where c.workspace_id = w.id and c.status = 'needs_review' limit 100) waiting),
          'pending_approval', (select count(*) from (
            select from app.contents c
            where c.workspace_id = w.id and c.status = 'pending_approval' limit 100) waiting),
          'to_decide', (select count(*) from (
            select from app.publications p
            where p.workspace_id = w.id
              and (p.status = 'handed_off' or (p.status = 'unknown' and p.read_at is null)) limit 100) waiting),
          'dead_letters', (select count(*) from (
            select from app.dead_letters d
            where d.workspace_id = w.id and d.letter_status = 'open' limit 100) waiting)))
      order by w.id <> v_own, w.created_at, w.id), '[]')
    from app.members m
    join app.workspaces w on w.id = m.workspace_id
    join app.plans p on p.plan = w.plan
    cross join lateral (
      select
        coalesce(sum(d.runs) filter (where d.day = v_today), 0) as runs_today,
        coalesce(sum(d.reserved_cost + d.spent_cost) filter (where d.day = v_today), 0) as cost_today,
        coalesce(sum(d.reserved_cost + d.spent_cost) filter (where d.day >= v_month), 0) as cost_month,
        coalesce(sum(d.reserved_cost + d.spent_cost) filter (where d.day > v_today - 7), 0) as cost_last_7_days
      from app.budget_days d
      where d.workspace_id = w.id and d.day <= v_today and d.day >= least(v_month, v_today - 6)) used
    where m.user_id = (select auth.uid())));
end;
$$;
revoke execute on function public.list_workspaces from public, anon, authenticated, service_role;
grant execute on function public.list_workspaces to authenticated;

-- schemas/60_user/mark_replayed.sql

-- Called by the doors for people after replay_dead_letter has answered `run`: p_run_id is the run that was queued for it.
-- replayed:  done.
-- unchanged: it was replayed already; also what a repetition answers.
-- Refuses: dead_letter_not_found, role, dead_letter_status (it was discarded meanwhile), run_not_found (it is not the run
-- of this letter's key).
create function public.mark_replayed(p_letter_id uuid, p_run_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_letter app.dead_letters := app.require_letter(p_letter_id);
begin
  perform app.check_now(p_now);
  if not exists (
    select from app.runs r
    where r.id = p_run_id and r.schedule_id = v_letter.schedule_id and r.idempotency_key = 'replay-' || p_letter_id
  ) then
    perform app.refuse(404, 'run_not_found', 'There is no such run of this dead letter.');
  end if;
  select d.* into v_letter from app.dead_letters d where d.id = p_letter_id for no key update;
  if v_letter.letter_status = 'replayed' then
    return jsonb_build_object('outcome', 'unchanged', 'dead_letter', app.letter_json(v_letter));
  elsif v_letter.letter_status = 'discarded' then
    perform app.refuse(409, 'dead_letter_status', 'This was discarded.',
      jsonb_build_object('status', v_letter.letter_status));
  end if;
  v_letter := app.note_letter(
    v_letter, 'replayed', 'replayed', jsonb_build_object('by', (select auth.uid()), 'run_id', p_run_id), p_now);
  perform app.write_audit(
    v_letter.workspace_id, (select auth.uid()), 'dead_letter.replay', p_letter_id,
    jsonb_build_object('run_id', p_run_id), p_now);
  return jsonb_build_object('outcome', 'replayed', 'dead_letter', app.letter_json(v_letter));
end;
$$;
revoke execute on function public.mark_replayed from public, anon, authenticated, service_role;
grant execute on function public.mark_replayed to authenticated;

-- schemas/60_user/recall_contents.sql

-- Called by the doors for people before they store an edit, for the gates: {recalled: what was written before in this
-- content's workspace, itself left out, as app.recall_contents gives it; platforms: where it goes}.
-- Refuses: content_not_found.
create function public.recall_contents(p_content_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_most constant int := 2000;
  v_content app.contents;
begin
  select c.* into v_content from app.contents c
    join app.members m on m.workspace_id = c.workspace_id and m.user_id = (select auth.uid())
    where c.id = p_content_id;
  if v_content.id is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content in your workspaces.');
  end if;
  return jsonb_build_object(
    'recalled', (
      select coalesce(jsonb_agg(written.it order by written.place), '[]')
      from jsonb_array_elements(
        app.recall_contents(v_content.schedule_id, app.same_platform(v_content.kind), v_most))
        with ordinality as written (it, place)
      where written.it ->> 'id' <> p_content_id::text),
    'platforms', (
      select coalesce(jsonb_agg(distinct a.platform), '[]')
      from app.publications p join app.accounts a on a.id = p.account_id
      where p.content_id = p_content_id and p.status not in ('cancelled', 'failed')));
end;
$$;
revoke execute on function public.recall_contents from public, anon, authenticated, service_role;
grant execute on function public.recall_contents to authenticated;

-- schemas/60_user/reject_content.sql

drop function public.reject_content;
-- Called by the doors for people: a content that is not out is never posted. p_note is for the people of the workspace, and
-- never published.
-- rejected: done; also what a repetition answers. With its `publications`, cancelled.
-- Refuses: content_not_found, role, content_status (it may be out already, or it has expired).
create function public.reject_content(p_content_id uuid, p_note text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_content app.contents := app.open_content(p_content_id, '{owner,editor}');
begin
  perform app.check_now(p_now);
  v_content := app.reject_version(v_content, (select auth.uid()), p_note, '{}', p_now);
  return jsonb_build_object(
    'outcome', 'rejected', 'content', app.content_json(v_content),
    'publications', app.content_publications(p_content_id));
end;
$$;
revoke execute on function public.reject_content from public, anon, authenticated, service_role;
grant execute on function public.reject_content to authenticated;

-- schemas/60_user/remove_account.sql

-- Called by the doors for people: nothing is published there any more. Its credentials are deleted, what waits for it is
-- cancelled; what may be out already a person has to look after.
-- removed: done; also what a repetition answers.
-- Refuses: account_not_found, role.
create function public.remove_account(p_account_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_account app.accounts := app.open_account(p_account_id, '{owner,editor}');
  v_cancelled int;
begin
  perform app.check_now(p_now);
  if v_account.status <> 'removed' then
    delete from app.credentials c where c.account_id = v_account.id;
    update app.accounts a
      set status = 'removed', status_reason = null, removed_at = p_now, updated_at = p_now
      where a.id = v_account.id
      returning a.* into v_account;
    perform app.stop_reading(v_account, p_now);
    v_cancelled := app.cancel_each((
      select array_agg(p.id) from app.publications p
      where p.account_id = v_account.id and p.status in ('waiting', 'handed_off')), 'removed', p_now);
    perform app.resolve_alerts(v_account.workspace_id, '{account_lost}', v_account.id::text, p_now);
    perform app.write_audit(v_account.workspace_id, (select auth.uid()), 'account.remove', v_account.id,
      jsonb_build_object('cancelled', v_cancelled), p_now);
  end if;
  return jsonb_build_object('outcome', 'removed', 'account', app.account_json(v_account));
end;
$$;
revoke execute on function public.remove_account from public, anon, authenticated, service_role;
grant execute on function public.remove_account to authenticated;

-- schemas/60_user/replay_dead_letter.sql

-- Called by the doors for people: what was given up goes through the pipeline again.
-- replayed:  its publication waits to be sent, and is answered: it can be armed.
-- run:       its run, or occurrence, has ended without a text: the caller queues another one under the key
--            `replay-<id of the letter>`, then calls mark_replayed.
-- unchanged: it was replayed already; also what a repetition answers.
-- Refuses: dead_letter_not_found, role, dead_letter_status (it was discarded), nothing_to_replay (it was about nothing that
-- we know, or that has come to an end), not_ended (what it is about still goes on by itself), account_status, schedule_deleted,
-- content_status (its publication cannot be sent).
create function public.replay_dead_letter(p_letter_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_letter app.dead_letters := app.require_letter(p_letter_id);
  v_publication app.publications;
begin
  perform app.check_now(p_now);
  if v_letter.publication_id is not null then
    v_publication := app.lock_publication(v_letter.publication_id);
  end if;
  select d.* into v_letter from app.dead_letters d where d.id = p_letter_id for no key update;
  if v_letter.letter_status = 'replayed' then
    return jsonb_build_object(
      'outcome', 'unchanged', 'dead_letter', app.letter_json(v_letter),
      'publication', app.fresh_publication(v_letter.publication_id));
  elsif v_letter.letter_status = 'discarded' then
    perform app.refuse(409, 'dead_letter_status', 'This was discarded.',
      jsonb_build_object('status', v_letter.letter_status));
  end if;

  if v_publication.id is not null then
    if v_publication.status <> 'failed' then
      perform app.refuse(409, 'nothing_to_replay', format('This publication is %s.', v_publication.status),
        jsonb_build_object('status', v_publication.status));
    end if;
    perform app.revive_publication(v_publication, (select auth.uid()), p_now);
    v_letter := app.note_letter(
      v_letter, 'replayed', 'replayed', jsonb_build_object('by', (select auth.uid())), p_now);
    perform app.write_audit(
      v_letter.workspace_id, (select auth.uid()), 'dead_letter.replay', p_letter_id,
      jsonb_build_object('publication_id', v_publication.id), p_now);
    return jsonb_build_object(
      'outcome', 'replayed', 'dead_letter', app.letter_json(v_letter),
      'publication', app.fresh_publication(v_publication.id));
  end if;

  case app.given_up(v_letter)
    when 'nothing' then
      perform app.refuse(409, 'nothing_to_replay', 'There is nothing to be done again.');
    when 'goes_on' then
      perform app.refuse(409, 'not_ended', 'It has not come to its end, and is begun again by itself.');
    else null;
  end case;
  return jsonb_build_object('outcome', 'run', 'dead_letter', app.letter_json(v_letter));
end;
$$;
revoke execute on function public.replay_dead_letter from public, anon, authenticated, service_role;
grant execute on function public.replay_dead_letter to authenticated;

-- schemas/60_user/resolve_alert.sql

drop function public.resolve_alert;
-- Called by the doors for people: the matter is dealt with. Should it come up again, there is a new alert, unless the same
-- period's cap trips on.
-- resolved: done; also what a repetition answers.
-- Refuses: alert_not_found, role.
create function public.resolve_alert(p_alert_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_alert app.alerts;
begin
  select a.* into v_alert from app.alerts a
    join app.members m on m.workspace_id = a.workspace_id and m.user_id = (select auth.uid())
    where a.id = p_alert_id
    for no key update of a;
  if v_alert.id is null then
    perform app.refuse(404, 'alert_not_found', 'There is no such alert in your workspaces.');
  end if;
  perform app.require_role(v_alert.workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  if v_alert.resolved_at is null then
    update app.alerts a set resolved_at = p_now, notify_at = null where a.id = v_alert.id returning a.* into v_alert;
    perform app.write_audit(v_alert.workspace_id, (select auth.uid()), 'alert.resolve', v_alert.id, '{}', p_now);
  end if;
  return jsonb_build_object('outcome', 'resolved', 'alert', to_jsonb(v_alert));
end;
$$;
revoke execute on function public.resolve_alert from public, anon, authenticated, service_role;
grant execute on function public.resolve_alert to authenticated;

-- schemas/60_user/resume_workspace.sql

-- Called by the doors for people: a stopped workspace (null: the person's own) goes on, and what was held meanwhile is dealt
-- with, all in one transaction. p_how:
--
-- skip:     none of it happens. The ledger says `stopped` of occurrences and of runs that were interrupted or queued;
--           publications that are due are cancelled.
-- catch_up: schedules go on as p_schedules says; publications go out as soon as their accounts allow.
-- spread:   the same, but publications of one account p_spread apart.
--
-- p_schedules = [{schedule_id, due_at, revision, skipped, missed, next_run_at, late_at}] for every schedule that list_held
-- has named: the due times that get a row, `skipped: stopped` and `missed: late`, and what it waits for then.
--
-- resumed:   done; with the schedules that moved, and the publications that go on: they can be armed.
-- unchanged: it was not stopped; also what a repetition answers.
-- Refuses: workspace_not_found, role, schedules_changed (p_schedules is not what is due now: look again; nothing is
-- written); SQLSTATE 22023 for a plan in which a due time would disappear.
create function public.resume_workspace(
  p_workspace_id uuid, p_how text, p_schedules jsonb, p_spread interval, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_workspace app.workspaces;
  v_moved uuid[];
  v_going uuid[];
  v_cancelled uuid[] := '{}';
  v_ended int := 0;
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  if p_how is null or p_how not in ('skip', 'catch_up', 'spread') then
    raise sqlstate '22023' using message = format('a workspace does not go on by %s', p_how);
  end if;
  -- Everybody who writes locks schedules before the workspace, and both before accounts and publications.
  perform from app.schedules s where s.workspace_id = v_workspace_id order by s.id for no key update;
  select w.* into v_workspace from app.workspaces w where w.id = v_workspace_id for no key update;
  if v_workspace.paused_at is null then
    return jsonb_build_object(
      'outcome', 'unchanged', 'workspace', to_jsonb(v_workspace), 'schedules', jsonb '[]', 'publications', jsonb '[]');
  end if;

  v_moved := app.move_held(v_workspace_id, p_schedules, p_now);
  if p_how = 'skip' then
    v_ended := app.skip_idle(v_workspace_id, p_now);
  end if;
  perform from app.accounts a where a.workspace_id = v_workspace_id order by a.id for no key update;
  select coalesce(array_agg(held.id), '{}') into v_going from (
    select p.id from app.publications p where p.workspace_id = v_workspace_id and app.is_held(p, p_now)
    order by p.id for no key update) held;
  if p_how = 'skip' then
    v_cancelled := v_going;
    v_going := '{}';
    perform app.cancel_each(v_cancelled, 'stopped', p_now);
  end if;
  perform app.let_go(v_going, case when p_how = 'spread' then p_spread end, p_now);
  update app.workspaces w set paused_at = null where w.id = v_workspace_id returning w.* into v_workspace;
  perform app.write_audit(v_workspace_id, (select auth.uid()), 'workspace.resume', v_workspace_id,
    jsonb_build_object(
      'how', p_how, 'schedules', cardinality(v_moved), 'runs_ended', v_ended,
      'publications', cardinality(v_going), 'publications_cancelled', cardinality(v_cancelled)), p_now);
  return jsonb_build_object(
    'outcome', 'resumed', 'workspace', to_jsonb(v_workspace),
    'schedules', (
      select coalesce(jsonb_agg(app.schedule_json(s) order by s.next_run_at, s.id), '[]')
      from app.schedules s where s.id = any (v_moved)),
    'publications', (
      select coalesce(jsonb_agg(app.publication_json(p) order by p.publish_at, p.id), '[]')
      from app.publications p where p.id = any (v_going)));
end;
$$;
revoke execute on function public.resume_workspace from public, anon, authenticated, service_role;
grant execute on function public.resume_workspace to authenticated;

-- schemas/60_user/stop_workspace.sql

-- Called by the doors for people: nothing of a workspace (null: the person's own) is begun any more, neither written nor
-- published; what is under way is finished. Holds for every claim from now on.
-- stopped:   done.
-- unchanged: it was stopped already.
-- Refuses: workspace_not_found, role.
create function public.stop_workspace(p_workspace_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_workspace app.workspaces;
  v_is_new boolean;
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  select w.* into v_workspace from app.workspaces w where w.id = v_workspace_id for no key update;
  v_is_new := v_workspace.paused_at is null;
  if v_is_new then
    update app.workspaces w set paused_at = p_now where w.id = v_workspace_id returning w.* into v_workspace;
    perform app.write_audit(v_workspace_id, (select auth.uid()), 'workspace.stop', v_workspace_id, '{}', p_now);
  end if;
  return jsonb_build_object(
    'outcome', case when v_is_new then 'stopped' else 'unchanged' end, 'workspace', to_jsonb(v_workspace));
end;
$$;
revoke execute on function public.stop_workspace from public, anon, authenticated, service_role;
grant execute on function public.stop_workspace to authenticated;

-- schemas/60_user/take_connection.sql

-- Called by the door to which a platform sends people back. What was begun is given out once, to whoever began it: the call
-- that did so, and its repetition with the same p_now, get {workspace_id, platform, key_id, sealed}.
-- Refuses: connection_not_found (unknown, somebody else's, expired, or taken before: all alike).
create function public.take_connection(p_state_hash text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_state app.oauth_states;
begin
  perform app.check_now(p_now);
  update app.oauth_states o set used_at = p_now
    where o.state_hash = p_state_hash and o.user_id = (select auth.uid()) and p_now < o.expires_at
      and (o.used_at is null or o.used_at = p_now)
    returning o.* into v_state;
  if v_state.state_hash is null then
    perform app.refuse(404, 'connection_not_found', 'This connection was not begun here, or it is too late; begin again.');
  end if;
  perform app.require_role(v_state.workspace_id, '{owner,editor}');
  return jsonb_build_object(
    'workspace_id', v_state.workspace_id, 'platform', v_state.platform, 'key_id', v_state.key_id,
    'sealed', v_state.sealed);
end;
$$;
revoke execute on function public.take_connection from public, anon, authenticated, service_role;
grant execute on function public.take_connection to authenticated;

-- schemas/60_user/update_account.sql

-- Called by the doors for people. p_changes holds the changed ones of name, cadence and spacing only.
-- updated:   stored.
-- unchanged: everything is as p_changes wants it; also what a repetition answers.
-- Refuses: account_not_found, role, account_removed; SQLSTATE 22023 for another field, 23514 for a value out of bounds.
create function public.update_account(p_account_id uuid, p_changes jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.accounts := app.open_account(p_account_id, '{owner,editor}');
  v_new app.accounts := jsonb_populate_record(v_old, p_changes);
  v_unknown text;
begin
  perform app.check_now(p_now);
  select key into v_unknown from jsonb_object_keys(p_changes) as key
    where key <> all (array['name', 'cadence', 'spacing']) order by key limit 1;
  if v_unknown is not null then
    raise sqlstate '22023' using message = format('unknown field %s', v_unknown);
  elsif v_old.status = 'removed' then
    perform app.refuse(409, 'account_removed', 'This account was removed.');
  elsif v_new is not distinct from v_old then
    return jsonb_build_object('outcome', 'unchanged', 'account', app.account_json(v_old));
  end if;
  update app.accounts a set name = v_new.name, cadence = v_new.cadence, spacing = v_new.spacing, updated_at = p_now
    where a.id = v_old.id
    returning a.* into v_new;
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'account.update', v_old.id,
    jsonb_build_object('fields', (select jsonb_agg(key order by key) from jsonb_object_keys(p_changes) as key)), p_now);
  return jsonb_build_object('outcome', 'updated', 'account', app.account_json(v_new));
end;
$$;
revoke execute on function public.update_account from public, anon, authenticated, service_role;
grant execute on function public.update_account to authenticated;

-- schemas/70_service/add_approval_link.sql

-- Called by who writes to a schedule's reviewers: a link to one version of a content. It may have been edited or decided
-- since; then the link says so when it is opened.
-- created: {link}; a repetition answers with the same one.
-- Refuses: content_not_found.
create function public.add_approval_link(
  p_link_id uuid, p_content_id uuid, p_version int, p_expires_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_content app.contents;
begin
  select c.* into v_content from app.contents c where c.id = p_content_id;
  if v_content.id is null then
    perform app.refuse(404, 'content_not_found', 'There is no such content.');
  end if;
  v_content.version := p_version;
  v_content.status := 'pending_approval';
  return app.make_link(p_link_id, v_content, null, p_expires_at, p_now);
end;
$$;
revoke execute on function public.add_approval_link from public, anon, authenticated, service_role;
grant execute on function public.add_approval_link to service_role;

-- schemas/70_service/list_credentials.sql

-- Called when the key to seal with has changed: what is not sealed under p_key_id yet, by account. p_after is the account_id
-- of the last one seen. `more`: there are others after these.
create function public.list_credentials(p_key_id text, p_after uuid, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_found jsonb;
begin
  select coalesce(jsonb_agg(
      app.credentials_json(page.c) || jsonb_build_object('account_id', (page.c).account_id)
      order by (page.c).account_id), '[]') into v_found
    from (
      select c from app.credentials c
      where c.key_id <> p_key_id and (p_after is null or c.account_id > p_after)
      order by c.account_id limit v_limit + 1) page;
  return app.page('credentials', v_found, v_limit);
end;
$$;
revoke execute on function public.list_credentials from public, anon, authenticated, service_role;
grant execute on function public.list_credentials to service_role;

-- schemas/70_service/mark_account.sql

-- Called when a platform has said whether an account works, outside a publication. p_status is a word of app.account_status,
-- p_version that of the credentials that were tried (null: none were); those that were connected since are not judged by it.
-- marked: stored, and its owner will be told, or need not any more; also what a repetition answers.
-- stale:  other credentials are there by now, or the account was removed. Nothing is written.
-- Both with the account as it is now. Refuses: account_not_found.
create function public.mark_account(
  p_account_id uuid, p_version int, p_status text, p_reason text, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_account app.accounts;
  v_is_stale boolean;
begin
  select a.* into v_account from app.accounts a where a.id = p_account_id for no key update;
  if v_account.id is null then
    perform app.refuse(404, 'account_not_found', 'There is no such account.');
  end if;
  v_is_stale := v_account.status = 'removed' or (
    select c.version from app.credentials c where c.account_id = p_account_id) is distinct from p_version;
  if not v_is_stale then
    v_account := app.mark_account(v_account, p_status::app.account_status, p_reason, p_now);
  end if;
  return jsonb_build_object(
    'outcome', case when v_is_stale then 'stale' else 'marked' end, 'account', app.account_json(v_account));
end;
$$;
revoke execute on function public.mark_account from public, anon, authenticated, service_role;
grant execute on function public.mark_account to service_role;

-- schemas/70_service/read_approval_link.sql

-- Called by the page behind a link: {state, as app.link_state says it; decision, if it has decided; expires_at; approve_by,
-- on_deadline and content only while it is open: kind, title, body, segments}. Nothing else of the workspace, and reading
-- decides nothing: mail programs open links by themselves.
-- Refuses: link_not_found.
create function public.read_approval_link(p_link_id uuid, p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_link app.approval_links := app.find_link(p_link_id);
  v_content app.contents;
  v_state text;
begin
  select c.* into v_content from app.contents c where c.id = v_link.content_id;
  v_state := app.link_state(v_link, v_content, p_now);
  return jsonb_build_object(
    'state', v_state, 'decision', v_link.decision, 'expires_at', v_link.expires_at,
    'content', case when v_state = 'open' then jsonb_build_object(
      'id', v_content.id, 'version', v_content.version, 'kind', v_content.kind, 'title', v_content.title,
      'body', v_content.body, 'segments', v_content.segments, 'created_at', v_content.created_at,
      'approve_by', v_content.approve_by, 'on_deadline', v_content.on_deadline,
      'language', (
        select s.settings ->> 'language' from app.schedules s where s.id = v_content.schedule_id)) end);
end;
$$;
revoke execute on function public.read_approval_link from public, anon, authenticated, service_role;
grant execute on function public.read_approval_link to service_role;

-- schemas/70_service/read_credentials.sql

-- Called when an account is to be used: {key_id, sealed, version, expires_at}, sealed as ever; empty when it has none.
create function public.read_credentials(p_account_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce((
    select app.credentials_json(c) from app.credentials c where c.account_id = p_account_id), '{}');
end;
$$;
revoke execute on function public.read_credentials from public, anon, authenticated, service_role;
grant execute on function public.read_credentials to service_role;

-- schemas/70_service/redrive_dead_letters.sql

-- Called by the sweep: letters whose time to go through the pipeline again by themselves has come do so, and those whose
-- matter has come to an end without help are settled. One that cannot be sent now waits for a person. {redriven, settled:
-- how many, publications: those that wait again and can be armed, more: whether there are others}.
create function public.redrive_dead_letters(p_now timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_due uuid[];
  v_letter_id uuid;
  v_sent uuid[] := '{}';
  v_settled int := app.settle_ended_letters(p_now, v_limit);
begin
  select coalesce(array_agg(due.id), '{}') into v_due from (
    select d.id from app.dead_letters d
    where d.redrive_at <= p_now and d.letter_status = 'open' order by d.redrive_at, d.id limit v_limit + 1) due;
  -- Before the first of them: accounts, publications and contents, each in order of id, as everybody locks them.
  perform from app.accounts a
    where a.id in (
      select p.account_id from app.dead_letters d join app.publications p on p.id = d.publication_id
      where d.id = any (v_due[1:v_limit]))
    order by a.id for no key update;
  perform from app.publications p
    where p.id in (select d.publication_id from app.dead_letters d where d.id = any (v_due[1:v_limit]))
    order by p.id for no key update;
  perform from app.contents c
    where c.id in (
      select p.content_id from app.dead_letters d join app.publications p on p.id = d.publication_id
      where d.id = any (v_due[1:v_limit]))
    order by c.id for no key update;
  perform app.lock_publications((
    select array_agg(d.publication_id) from app.dead_letters d where d.id = any (v_due[1:v_limit])));
  foreach v_letter_id in array v_due[1:v_limit] loop
    v_sent := v_sent || app.redrive_letter(v_letter_id, p_now);
  end loop;
  return jsonb_build_object(
    'redriven', cardinality(v_sent), 'settled', v_settled,
    'publications', (
      select coalesce(jsonb_agg(app.publication_json(p) order by p.publish_at, p.id), '[]')
      from app.publications p where p.id = any (v_sent)),
    'more', cardinality(v_due) > v_limit or v_settled = v_limit);
end;
$$;
revoke execute on function public.redrive_dead_letters from public, anon, authenticated, service_role;
grant execute on function public.redrive_dead_letters to service_role;

-- schemas/70_service/reseal_credentials.sql

-- Called with the same secrets sealed under another key. A compare-and-set on the version and the key they were sealed under.
-- The version stays: who renews tokens meanwhile must still be able to store what a platform gives only once.
-- resealed: done; also what a repetition answers.
-- stale:    they have changed meanwhile, or are gone. Nothing is written.
create function public.reseal_credentials(
  p_account_id uuid, p_version int, p_old_key_id text, p_key_id text, p_sealed text, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
begin
  update app.credentials c set key_id = p_key_id, sealed = p_sealed, updated_at = p_now
    where c.account_id = p_account_id and c.version = p_version and c.key_id = p_old_key_id;
  return jsonb_build_object('outcome', case when exists (
    select from app.credentials c where c.account_id = p_account_id and c.sealed = p_sealed
  ) then 'resealed' else 'stale' end);
end;
$$;
revoke execute on function public.reseal_credentials from public, anon, authenticated, service_role;
grant execute on function public.reseal_credentials to service_role;

-- schemas/70_service/settle_dead_letter.sql

drop function public.settle_dead_letter;
-- Called by the door for QStash's failure callback: a message was given up. Only a hint. Recorded under p_dlq_id, then
-- settled from the ledger; a repetition answers the same, unless it was waiting and its time has passed since.
--
-- closed:  the run or publication has ended, or somebody's lease lives, or the message was for nothing that is waited for.
-- waiting: there is time left (or the workspace is stopped); the sweep will begin it again.
-- failed:  its time had passed. The run's row, written if there was none, is `failed: delivery`, and the caller then
--          advances `schedule`; or the publication is, and has an open letter of its own.
create function public.settle_dead_letter(
  p_dlq_id text, p_message_id text, p_url text, p_status int, p_body text,
  p_schedule_id uuid, p_due_at timestamptz, p_run_id uuid, p_publication_id uuid, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_unreadable constant int := 489;
  v_schedule app.schedules;
  v_run app.runs;
  v_publication app.publications;
  v_letter app.dead_letters;
  v_outcome text;
begin
  select s.* into v_schedule from app.schedules s
    where s.id = coalesce((select r.schedule_id from app.runs r where r.id = p_run_id), p_schedule_id)
    for no key update;
  select r.* into v_run from app.runs r
    where r.id = p_run_id or (p_run_id is null and r.schedule_id = p_schedule_id and r.due_at = p_due_at);
  v_publication := app.lock_publication(p_publication_id);
  insert into app.dead_letters (
    dlq_id, message_id, workspace_id, schedule_id, run_id, due_at, url, status, body, outcome, cause, letter_status,
    created_at)
  values (
    p_dlq_id, p_message_id, coalesce(v_schedule.workspace_id, v_publication.workspace_id),
    coalesce(v_schedule.id, v_publication.schedule_id), v_run.id, p_due_at, p_url, p_status,
    -- Characters are at most four bytes, and a cut must not pass through one.
    case when octet_length(p_body) <= 8192 then p_body else left(p_body, 2048) end, 'waiting',
    case p_status when v_unreadable then 'poison' else 'delivery' end::app.dead_letter_cause, 'open', p_now)
  on conflict (dlq_id) do nothing;
  select d.* into v_letter from app.dead_letters d where d.dlq_id = p_dlq_id for update;
  v_outcome := v_letter.outcome;

  if v_outcome = 'waiting' then
    v_outcome := case
      when v_publication.id is not null then app.settle_given_up_publication(v_publication.id, p_now)
      else app.settle_given_up(v_schedule, v_run, p_due_at, p_now) end;
    update app.dead_letters d
      set outcome = v_outcome, settled_at = case when v_outcome <> 'waiting' then p_now end
      where d.id = v_letter.id;
    -- A person has something to do about what has failed and about what nobody can read. A publication's failure has a
    -- letter of its own, which knows what became of it; this one is only the message.
    perform app.note_letter(
      v_letter,
      case
        when v_publication.id is not null or (v_outcome = 'closed' and v_letter.cause <> 'poison') then 'settled'
        else 'open' end::app.dead_letter_status,
      'given_up', jsonb_build_object('outcome', v_outcome, 'status', p_status), p_now);
    update app.dead_letters d set publication_id = v_publication.id where d.id = v_letter.id;
  end if;
  return jsonb_build_object('outcome', v_outcome, 'schedule', app.fresh_schedule(v_schedule.id));
end;
$$;
revoke execute on function public.settle_dead_letter from public, anon, authenticated, service_role;
grant execute on function public.settle_dead_letter to service_role;

-- schemas/70_service/settle_deadlines.sql

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

-- schemas/70_service/settle_notice.sql

-- Called by who has taken a notice. p_retry_at: when it is to be given out again; null: it is done with, and
-- p_is_delivered says whether anybody was told. What was resolved meanwhile is done with.
-- settled: written; also what a repetition answers. Refuses: alert_not_found.
create function public.settle_notice(
  p_alert_id uuid, p_is_delivered boolean, p_retry_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
begin
  update app.alerts a
    set notify_at = case when a.resolved_at is null then p_retry_at end,
        notified_at = case when p_retry_at is null and p_is_delivered then coalesce(a.notified_at, p_now)
          else a.notified_at end
    where a.id = p_alert_id;
  if not found then
    perform app.refuse(404, 'alert_not_found', 'There is no such alert.');
  end if;
  return jsonb_build_object('outcome', 'settled');
end;
$$;
revoke execute on function public.settle_notice from public, anon, authenticated, service_role;
grant execute on function public.settle_notice to service_role;

-- schemas/70_service/store_credentials.sql

-- Called with what a platform has given in the place of what was about to expire. A compare-and-set on the version that was
-- used for that: of two who renew the same tokens the second learns the first's.
-- stored: done; also what a repetition answers.
-- stale:  others are there, or none are (the account was removed). Nothing is written.
-- Both with the `credentials` as they are now, null if there are none.
create function public.store_credentials(
  p_account_id uuid, p_version int, p_key_id text, p_sealed text, p_expires_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_stored app.credentials;
begin
  perform from app.accounts a where a.id = p_account_id for no key update;
  update app.credentials c
    set key_id = p_key_id, sealed = p_sealed, expires_at = p_expires_at, version = c.version + 1, updated_at = p_now
    where c.account_id = p_account_id and c.version = p_version;
  select c.* into v_stored from app.credentials c where c.account_id = p_account_id;
  return jsonb_build_object(
    'outcome', case when v_stored.sealed = p_sealed then 'stored' else 'stale' end,
    'credentials', app.credentials_json(v_stored));
end;
$$;
revoke execute on function public.store_credentials from public, anon, authenticated, service_role;
grant execute on function public.store_credentials to service_role;

-- schemas/70_service/take_notices.sql

-- Called by who writes to people: alerts of which somebody is to be told now, the longest due first. Each is given to one at
-- a time, who has p_hold to send it; after that, or at retry_at of settle_notice, it is given out again. {notices: [{id,
-- kind, attempt, workspace_name, schedule_name, language, timezone, owners, reviewers, details, content, publication,
-- account}]}; owners and reviewers are e-mail addresses, reviewers only of what waits for a yes.
create function public.take_notices(p_now timestamptz, p_hold interval, p_limit int) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_taken uuid[];
begin
  select coalesce(array_agg(due.id), '{}') into v_taken
    from (
      select a.id from app.alerts a
      where a.notify_at <= p_now and a.resolved_at is null and a.workspace_id is not null
      order by a.notify_at, a.id limit v_limit
      for no key update skip locked) due;
  update app.alerts a set notify_at = p_now + p_hold, notify_attempts = a.notify_attempts + 1 where a.id = any (v_taken);
  return jsonb_build_object('notices', (
    select coalesce(jsonb_agg(app.notice_json(a) order by a.first_at, a.id), '[]')
    from app.alerts a where a.id = any (v_taken)));
end;
$$;
revoke execute on function public.take_notices from public, anon, authenticated, service_role;
grant execute on function public.take_notices to service_role;

-- schemas/70_service/use_approval_link.sql

-- Called when somebody has pressed `approve` or `reject` behind a link. It decides once, about the version that it was made
-- for; of two at once one decides. p_note is for the people of the workspace.
-- approved, rejected: done; the same decision again is answered alike. With the `content` that was decided, and its
--                     `publications`: those that wait can be armed.
-- Refuses: link_not_found, and 409 link_used, link_expired, link_void, link_decided (as app.link_state says it).
create function public.use_approval_link(p_link_id uuid, p_decision text, p_note text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_link app.approval_links := app.find_link(p_link_id);
  v_content app.contents := app.lock_content(v_link.content_id);
  v_state text;
  v_detail jsonb := jsonb_build_object('link', p_link_id);
begin
  if (p_decision in ('approve', 'reject')) is not true then
    raise sqlstate '22023' using message = format('there is no decision %s', p_decision);
  end if;
  v_link := app.find_link(p_link_id); -- as it is, now that nobody else decides
  v_state := app.link_state(v_link, v_content, p_now);
  if v_state = 'open' then
    v_content := case p_decision
      when 'approve' then app.approve_version(v_content, v_link.version, null, p_note, v_detail, p_now)
      else app.reject_version(v_content, null, p_note, v_detail, p_now) end;
    update app.approval_links l set used_at = p_now, decision = p_decision where l.id = p_link_id;
  elsif v_state <> 'used' or v_link.decision <> p_decision then
    perform app.refuse(409, 'link_' || v_state, case v_state
      when 'used' then format('This link was used to %s it.', v_link.decision)
      when 'expired' then 'This link has expired.'
      when 'void' then 'The text was changed since this link was made.'
      else 'Somebody else has decided, or it is too late.' end,
      jsonb_build_object('state', v_state, 'decision', v_link.decision));
  end if;
  return jsonb_build_object(
    'outcome', case p_decision when 'approve' then 'approved' else 'rejected' end,
    'content', app.content_json(v_content), 'publications', app.content_publications(v_content.id));
end;
$$;
revoke execute on function public.use_approval_link from public, anon, authenticated, service_role;
grant execute on function public.use_approval_link to service_role;

notify pgrst, 'reload schema';
