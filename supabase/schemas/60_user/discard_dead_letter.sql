-- Called by the doors for people: nothing more is done about it. p_note says why.
-- discarded: done.
-- unchanged: it was discarded already.
-- Refuses: dead_letter_not_found, role, dead_letter_status (it went through the pipeline again).
create function public.discard_dead_letter(p_letter_id uuid, p_note text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_letter app.dead_letters := app.require_letter(p_letter_id);
begin
  perform app.check_now(p_now);
  select d.* into v_letter from app.dead_letters d where d.id = p_letter_id for no key update;
  if v_letter.letter_status = 'discarded' then
    return jsonb_build_object('outcome', 'unchanged', 'dead_letter', app.letter_json(v_letter));
  elsif v_letter.letter_status = 'replayed' then
    perform app.refuse(409, 'dead_letter_status', 'This went through the pipeline again already.',
      jsonb_build_object('status', v_letter.letter_status));
  end if;
  update app.dead_letters d set note = nullif(left(p_note, 2000), '') where d.id = p_letter_id;
  v_letter := app.note_letter(
    v_letter, 'discarded', 'discarded', jsonb_build_object('by', (select auth.uid())), p_now);
  perform app.resolve_alerts(
    v_letter.workspace_id, '{publication_failed}', v_letter.publication_id::text, p_now);
  perform app.write_audit(
    v_letter.workspace_id, (select auth.uid()), 'dead_letter.discard', p_letter_id, '{}', p_now);
  return jsonb_build_object('outcome', 'discarded', 'dead_letter', app.letter_json(v_letter));
end;
$$;
revoke execute on function public.discard_dead_letter from public, anon, authenticated, service_role;
grant execute on function public.discard_dead_letter to authenticated;
