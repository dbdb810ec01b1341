-- Sends a letter's publication through the pipeline again by itself, if it still wants that: its id, or none. What is too
-- late by now is for a person to decide, and what refuses it, a lost account or a schedule in the bin, for one to mend.
create function app.redrive_letter(p_letter_id uuid, p_now timestamptz) returns uuid[]
language plpgsql set search_path = ''
as $$
declare
  v_publication app.publications;
  v_letter app.dead_letters;
begin
  v_publication := app.lock_publication((
    select d.publication_id from app.dead_letters d where d.id = p_letter_id));
  select d.* into v_letter from app.dead_letters d where d.id = p_letter_id for no key update;
  if v_letter.letter_status <> 'open' or (v_letter.redrive_at <= p_now) is not true then
    return '{}';
  elsif exists (select from app.workspaces w where w.id = v_letter.workspace_id and w.paused_at is not null) then
    update app.dead_letters d set redrive_at = p_now + interval '1 hour' where d.id = p_letter_id;
    return '{}';
  elsif v_publication.status is distinct from 'failed' then
    perform app.note_letter(v_letter, 'settled', 'settled', '{}', p_now);
    return '{}';
  end if;
  begin
    if v_publication.late_at <= p_now then
      perform app.refuse(409, 'late', 'Its time has passed.');
    end if;
    perform app.revive_publication(v_publication, null, p_now);
  exception when sqlstate 'PT409' then
    update app.dead_letters d set redrive_at = null where d.id = p_letter_id;
    perform app.note_letter(v_letter, 'open', 'not_redriven', jsonb_build_object('message', sqlerrm), p_now);
    perform app.raise_alert(
      v_publication.workspace_id, v_publication.schedule_id, 'publication_failed', v_publication.id::text,
      jsonb_build_object('reason', v_publication.reason), p_now, p_account_id => v_publication.account_id,
      p_content_id => v_publication.content_id, p_notify_at => p_now);
    return '{}';
  end;
  update app.dead_letters d set redrives = d.redrives + 1 where d.id = p_letter_id;
  perform app.note_letter(v_letter, 'replayed', 'redriven', '{}', p_now);
  return array[v_publication.id];
end;
$$;
revoke execute on function app.redrive_letter from public;
