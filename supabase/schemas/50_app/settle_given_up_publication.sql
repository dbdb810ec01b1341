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
