-- Called by the doors for people: what was given up goes through the pipeline again.
-- replayed:  its publication waits to be sent, and is answered: it can be armed.
-- run:       its run, or occurrence, has ended without a text: the caller queues another one under the key
--            `replay-<id of the letter>`, then calls mark_replayed.
-- unchanged: it was replayed already; also what a repetition answers.
-- Refuses: dead_letter_not_found, role, dead_letter_status (it was discarded), nothing_to_replay (it was about nothing that
-- we know, or that has come to an end), not_ended (what it is about still goes on by itself), account_status, schedule_deleted,
-- content_status (its publication cannot be sent).
create function public.replay_dead_letter(p_letter_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_letter app.dead_letters := app.require_letter(p_letter_id);
  v_publication app.publications;
begin
  perform app.check_now(p_now);
  if v_letter.publication_id is not null then
    v_publication := app.lock_publication(v_letter.publication_id);
  end if;
  select d.* into v_letter from app.dead_letters d where d.id = p_letter_id for no key update;
  if v_letter.letter_status = 'replayed' then
    return jsonb_build_object(
      'outcome', 'unchanged', 'dead_letter', app.letter_json(v_letter),
      'publication', app.fresh_publication(v_letter.publication_id));
  elsif v_letter.letter_status = 'discarded' then
    perform app.refuse(409, 'dead_letter_status', 'This was discarded.',
      jsonb_build_object('status', v_letter.letter_status));
  end if;

  if v_publication.id is not null then
    if v_publication.status <> 'failed' then
      perform app.refuse(409, 'nothing_to_replay', format('This publication is %s.', v_publication.status),
        jsonb_build_object('status', v_publication.status));
    end if;
    perform app.revive_publication(v_publication, (select auth.uid()), p_now);
    v_letter := app.note_letter(
      v_letter, 'replayed', 'replayed', jsonb_build_object('by', (select auth.uid())), p_now);
    perform app.write_audit(
      v_letter.workspace_id, (select auth.uid()), 'dead_letter.replay', p_letter_id,
      jsonb_build_object('publication_id', v_publication.id), p_now);
    return jsonb_build_object(
      'outcome', 'replayed', 'dead_letter', app.letter_json(v_letter),
      'publication', app.fresh_publication(v_publication.id));
  end if;

  case app.given_up(v_letter)
    when 'nothing' then
      perform app.refuse(409, 'nothing_to_replay', 'There is nothing to be done again.');
    when 'goes_on' then
      perform app.refuse(409, 'not_ended', 'It has not come to its end, and is begun again by itself.');
    else null;
  end case;
  return jsonb_build_object('outcome', 'run', 'dead_letter', app.letter_json(v_letter));
end;
$$;
revoke execute on function public.replay_dead_letter from public, anon, authenticated, service_role;
grant execute on function public.replay_dead_letter to authenticated;
