-- Called by the doors for people, who have posted it themselves, or have found that it is out; p_url is where, if they say.
--
-- published: written down.
-- unchanged: it was out already; also what a repetition answers.
-- Refuses: publication_not_found, role, publication_busy.
create function public.mark_published(p_publication_id uuid, p_url text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.open_publication(p_publication_id);
  v_before app.publication_status := v_publication.status;
begin
  perform app.check_now(p_now);
  perform app.check_idle(v_publication, p_now);
  if v_before <> 'published' then
    perform app.settle_attempt(v_publication, '{"status": "published"}', p_now);
    update app.publications p set url = coalesce(p_url, p.url) where p.id = p_publication_id;
    perform app.write_audit(v_publication.workspace_id, (select auth.uid()), 'publication.mark_published',
      v_publication.id, jsonb_build_object('from', v_before), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case v_before when 'published' then 'unchanged' else 'published' end,
    'publication', app.fresh_publication(p_publication_id));
end;
$$;
revoke execute on function public.mark_published from public, anon, authenticated, service_role;
grant execute on function public.mark_published to authenticated;
