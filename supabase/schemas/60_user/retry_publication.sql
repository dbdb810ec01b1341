-- Called by the doors for people: a publication that has failed or was cancelled goes through the pipeline again. One whose
-- outcome is unknown, or was when it was taken back, may be out: p_confirm says that somebody has looked and it is not.
--
-- retried:   it waits, and is to be armed.
-- unchanged: it waits already; also what a repetition answers.
-- Refuses: publication_not_found, role, confirm_needed (it may be out), publication_busy, publication_status (it is out, or
-- was handed to a person), account_status, schedule_deleted, content_status.
create function public.retry_publication(p_publication_id uuid, p_confirm boolean, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.open_publication(p_publication_id);
  v_before app.publication_status := v_publication.status;
begin
  perform app.check_now(p_now);
  perform app.check_idle(v_publication, p_now);
  if v_before in ('published', 'handed_off') then
    perform app.refuse_publication(v_publication, 'publication_status', format('It is %s.', v_before));
  elsif app.may_be_out(v_publication) and p_confirm is not true then
    perform app.refuse_publication(
      v_publication, 'confirm_needed', 'It may be out already; confirm that you have looked and it is not.');
  elsif v_before <> 'waiting' then
    v_publication := app.revive_publication(v_publication, (select auth.uid()), p_now);
    perform app.close_letters(v_publication.id, 'replayed', 'retried', p_now);
    perform app.write_audit(v_publication.workspace_id, (select auth.uid()), 'publication.retry', v_publication.id,
      jsonb_build_object('from', v_before, 'confirmed', p_confirm is true), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case v_before when 'waiting' then 'unchanged' else 'retried' end,
    'publication', app.publication_json(v_publication));
end;
$$;
revoke execute on function public.retry_publication from public, anon, authenticated, service_role;
grant execute on function public.retry_publication to authenticated;
