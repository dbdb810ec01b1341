-- Called by the door for QStash's failure callback: a message was given up. Only a hint. Recorded under p_dlq_id, then
-- settled from the ledger; a repetition answers the same, unless it was waiting and its time has passed since.
--
-- closed:  the run or publication has ended, or somebody's lease lives, or the message was for nothing that is waited for.
-- waiting: there is time left (or the workspace is stopped); the sweep will begin it again.
-- failed:  its time had passed. The run's row, written if there was none, is `failed: delivery`, and the caller then
--          advances `schedule`; or the publication is, and has an open letter of its own.
create function public.settle_dead_letter(
  p_dlq_id text, p_message_id text, p_url text, p_status int, p_body text,
  p_schedule_id uuid, p_due_at timestamptz, p_run_id uuid, p_publication_id uuid, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_unreadable constant int := 489;
  v_schedule app.schedules;
  v_run app.runs;
  v_publication app.publications;
  v_letter app.dead_letters;
  v_outcome text;
begin
  select s.* into v_schedule from app.schedules s
    where s.id = coalesce((select r.schedule_id from app.runs r where r.id = p_run_id), p_schedule_id)
    for no key update;
  select r.* into v_run from app.runs r
    where r.id = p_run_id or (p_run_id is null and r.schedule_id = p_schedule_id and r.due_at = p_due_at);
  v_publication := app.lock_publication(p_publication_id);
  insert into app.dead_letters (
    dlq_id, message_id, workspace_id, schedule_id, run_id, due_at, url, status, body, outcome, cause, letter_status,
    created_at)
  values (
    p_dlq_id, p_message_id, coalesce(v_schedule.workspace_id, v_publication.workspace_id),
    coalesce(v_schedule.id, v_publication.schedule_id), v_run.id, p_due_at, p_url, p_status,
    -- Characters are at most four bytes, and a cut must not pass through one.
    case when octet_length(p_body) <= 8192 then p_body else left(p_body, 2048) end, 'waiting',
    case p_status when v_unreadable then 'poison' else 'delivery' end::app.dead_letter_cause, 'open', p_now)
  on conflict (dlq_id) do nothing;
  select d.* into v_letter from app.dead_letters d where d.dlq_id = p_dlq_id for update;
  v_outcome := v_letter.outcome;

  if v_outcome = 'waiting' then
    v_outcome := case
      when v_publication.id is not null then app.settle_given_up_publication(v_publication.id, p_now)
      else app.settle_given_up(v_schedule, v_run, p_due_at, p_now) end;
    update app.dead_letters d
      set outcome = v_outcome, settled_at = case when v_outcome <> 'waiting' then p_now end
      where d.id = v_letter.id;
    -- A person has something to do about what has failed and about what nobody can read. A publication's failure has a
    -- letter of its own, which knows what became of it; this one is only the message.
    perform app.note_letter(
      v_letter,
      case
        when v_publication.id is not null or (v_outcome = 'closed' and v_letter.cause <> 'poison') then 'settled'
        else 'open' end::app.dead_letter_status,
      'given_up', jsonb_build_object('outcome', v_outcome, 'status', p_status), p_now);
    update app.dead_letters d set publication_id = v_publication.id where d.id = v_letter.id;
  end if;
  return jsonb_build_object('outcome', v_outcome, 'schedule', app.fresh_schedule(v_schedule.id));
end;
$$;
revoke execute on function public.settle_dead_letter from public, anon, authenticated, service_role;
grant execute on function public.settle_dead_letter to service_role;
