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
