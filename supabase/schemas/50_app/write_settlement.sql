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
