-- Called by the doors for people: a publication is taken back, or, of one that may be out, nobody is to look any further.
-- What is out stays out.
--
-- voided:    done.
-- unchanged: it was cancelled already; also what a repetition answers.
-- Refuses: publication_not_found, role, publication_busy, publication_status (it is out).
create function public.void_publication(p_publication_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.open_publication(p_publication_id);
  v_before app.publication_status := v_publication.status;
begin
  perform app.check_now(p_now);
  perform app.check_idle(v_publication, p_now);
  if v_before = 'published' then
    perform app.refuse_publication(v_publication, 'publication_status', 'It is out.');
  elsif v_before <> 'cancelled' then
    perform app.settle_attempt(
      v_publication,
      jsonb '{"status": "cancelled", "reason": "voided"}'
        || case when v_before = 'unknown' then jsonb '{"read": {"outcome": "voided"}}' else '{}' end, p_now);
    perform app.write_audit(v_publication.workspace_id, (select auth.uid()), 'publication.void', v_publication.id,
      jsonb_build_object('from', v_before), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case v_before when 'cancelled' then 'unchanged' else 'voided' end,
    'publication', app.fresh_publication(p_publication_id));
end;
$$;
revoke execute on function public.void_publication from public, anon, authenticated, service_role;
grant execute on function public.void_publication to authenticated;
