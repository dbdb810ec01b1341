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
