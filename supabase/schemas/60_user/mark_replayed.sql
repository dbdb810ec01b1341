-- Called by the doors for people after replay_dead_letter has answered `run`: p_run_id is the run that was queued for it.
-- replayed:  done.
-- unchanged: it was replayed already; also what a repetition answers.
-- Refuses: dead_letter_not_found, role, dead_letter_status (it was discarded meanwhile), run_not_found (it is not the run
-- of this letter's key).
create function public.mark_replayed(p_letter_id uuid, p_run_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_letter app.dead_letters := app.require_letter(p_letter_id);
begin
  perform app.check_now(p_now);
  if not exists (
    select from app.runs r
    where r.id = p_run_id and r.schedule_id = v_letter.schedule_id and r.idempotency_key = 'replay-' || p_letter_id
  ) then
    perform app.refuse(404, 'run_not_found', 'There is no such run of this dead letter.');
  end if;
  select d.* into v_letter from app.dead_letters d where d.id = p_letter_id for no key update;
  if v_letter.letter_status = 'replayed' then
    return jsonb_build_object('outcome', 'unchanged', 'dead_letter', app.letter_json(v_letter));
  elsif v_letter.letter_status = 'discarded' then
    perform app.refuse(409, 'dead_letter_status', 'This was discarded.',
      jsonb_build_object('status', v_letter.letter_status));
  end if;
  v_letter := app.note_letter(
    v_letter, 'replayed', 'replayed', jsonb_build_object('by', (select auth.uid()), 'run_id', p_run_id), p_now);
  perform app.write_audit(
    v_letter.workspace_id, (select auth.uid()), 'dead_letter.replay', p_letter_id,
    jsonb_build_object('run_id', p_run_id), p_now);
  return jsonb_build_object('outcome', 'replayed', 'dead_letter', app.letter_json(v_letter));
end;
$$;
revoke execute on function public.mark_replayed from public, anon, authenticated, service_role;
grant execute on function public.mark_replayed to authenticated;
