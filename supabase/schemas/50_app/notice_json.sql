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
