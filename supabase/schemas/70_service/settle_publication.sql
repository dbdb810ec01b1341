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
