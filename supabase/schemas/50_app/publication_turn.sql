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
