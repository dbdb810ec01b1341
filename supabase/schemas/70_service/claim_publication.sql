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
