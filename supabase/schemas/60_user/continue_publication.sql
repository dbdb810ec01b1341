-- Called by the doors for people: the part of an unknown publication that nobody knew of is out, somebody has seen it there;
-- the rest is sent. p_number is how many parts are known to be out, p_part = {external_id, url} the one that was seen.
--
-- continued: it waits for the rest, and is to be armed. Had it no other part, its next turn only writes down that it is out.
-- unchanged: that part is known already; also what a repetition answers.
-- Refuses: publication_not_found, role, publication_busy, publication_status (it is not unknown), account_status,
-- schedule_deleted, content_status.
create function public.continue_publication(p_publication_id uuid, p_number int, p_part jsonb, p_now timestamptz)
returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.open_publication(p_publication_id);
  v_is_known boolean := jsonb_array_length(v_publication.parts) > p_number;
begin
  perform app.check_now(p_now);
  perform app.check_idle(v_publication, p_now);
  if not v_is_known then
    if v_publication.status <> 'unknown' or jsonb_array_length(v_publication.parts) <> p_number then
      perform app.refuse_publication(v_publication, 'publication_status', format('It is %s.', v_publication.status));
    end if;
    v_publication := app.revive_publication(v_publication, (select auth.uid()), p_now);
    update app.publications p
      set parts = p.parts || jsonb_build_object(
            'external_id', left(p_part ->> 'external_id', 1000), 'url', left(p_part ->> 'url', 2000), 'at', p_now),
          external_id = coalesce(p.external_id, left(p_part ->> 'external_id', 1000)),
          url = coalesce(p.url, left(p_part ->> 'url', 2000))
      where p.id = p_publication_id
      returning p.* into v_publication;
    perform app.write_audit(v_publication.workspace_id, (select auth.uid()), 'publication.continue', v_publication.id,
      jsonb_build_object('number', p_number), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case when v_is_known then 'unchanged' else 'continued' end,
    'publication', app.publication_json(v_publication));
end;
$$;
revoke execute on function public.continue_publication from public, anon, authenticated, service_role;
grant execute on function public.continue_publication to authenticated;
