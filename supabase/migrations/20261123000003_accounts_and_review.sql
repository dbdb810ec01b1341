-- Accounts and their credentials, approval, dead letters with a way back, notices, and the stop of a workspace.

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

-- Sealed credentials as those who may open them get them; null when there are none.
create function app.credentials_json(p_credentials app.credentials) returns jsonb
language sql immutable set search_path = ''
as $$
  select case when p_credentials.account_id is not null then jsonb_build_object(
    'key_id', p_credentials.key_id, 'sealed', p_credentials.sealed, 'version', p_credentials.version,
    'expires_at', p_credentials.expires_at) end;
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
  elsif p_content.status not in ('needs_review', 'draft', 'pending_approval', 'pending_publish')
    or app.is_under_way(p_content.id)
  then
    perform app.refuse(409, 'content_status', format('This content is %s.', p_content.status),
      jsonb_build_object('status', p_content.status));
  end if;
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
-- Refuses: workspace_not_found, role, account_mismatch (the id is another account's), account_removed.
create function public.connect_account(
  p_account_id uuid, p_workspace_id uuid, p_platform text, p_name text, p_external_id text, p_settings jsonb,
  p_credentials jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
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
  v_unknown text;
begin
  perform app.check_now(p_now);
  select key into v_unknown from jsonb_object_keys(p_changes) as key
    where key <> all (array['title', 'body', 'segments', 'word_count', 'memory', 'verdict', 'score', 'score_parts'])
    order by key limit 1;
  if v_unknown is not null then
    raise sqlstate '22023' using message = format('unknown field %s', v_unknown);
  end if;
  v_new.segments := nullif(v_new.segments, 'null');
  v_is_same := (v_new.title, v_new.body, v_new.segments) is not distinct from (v_old.title, v_old.body, v_old.segments);
  if v_is_same and v_old.version = p_version + 1 then
    return app.edit_answer('edited', v_old);
  end if;
  perform app.check_version(v_old, p_version);
  if v_is_same then
    return app.edit_answer('unchanged', v_old);
  elsif v_old.status not in ('needs_review', 'draft', 'pending_approval', 'pending_publish')
    or app.is_under_way(p_content_id)
  then
    perform app.refuse(409, 'content_status', format('This content is %s.', v_old.status),
      jsonb_build_object('status', v_old.status));
  end if;
  update app.contents c
    set title = v_new.title, body = v_new.body, segments = v_new.segments, word_count = coalesce(v_new.word_count, 0),
        memory = nullif(left(v_new.memory, 2000), ''), score = least(greatest(v_new.score, 0), 100),
        verdict = coalesce(nullif(p_changes -> 'verdict', 'null'), '{}'),
        meta = c.meta || jsonb_strip_nulls(jsonb_build_object('score_parts', p_changes -> 'score_parts')),
        status = app.status_when_edited(v_old, p_changes -> 'verdict' ->> 'passed' = 'true'),
        version = c.version + 1, decided_at = null, decided_by = null, decision_note = null,
        approve_by = case when c.approve_by > p_now then c.approve_by end,
        on_deadline = case when c.approve_by > p_now then c.on_deadline end
    where c.id = p_content_id
    returning c.* into v_new;
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
    update app.publications p set read_at = null
      where p.id in (
        select unread.id from app.publications unread
        where unread.account_id = v_account.id and unread.read_at is not null order by unread.id for no key update);
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

-- schemas/70_service/settle_deadlines.sql

-- Called by the sweep: contents about which nobody has decided in time go out or expire, as their schedules want, the most
-- overdue first. {settled: how many, publications: theirs, which may be armed, more: whether there are others}.
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
      where c.status = 'pending_approval' and c.approve_by <= p_now
      order by c.approve_by, c.id limit v_limit + 1
      for no key update skip locked) due; -- whoever holds one is deciding about it
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
  if p_decision not in ('approve', 'reject') then
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
