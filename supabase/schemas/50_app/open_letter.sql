-- Notes that a publication was given up: one open letter of it at a time, in whose history a repetition is. Passing causes
-- are driven again by themselves, a few times, later and later; what is too late, or would be then, is not.
create function app.open_letter(
  p_publication app.publications, p_cause app.dead_letter_cause, p_error jsonb, p_now timestamptz
) returns void
language plpgsql set search_path = ''
as $$
declare
  v_most_redrives constant int := 3;
  v_redrives smallint := coalesce((
    select max(d.redrives) from app.dead_letters d where d.publication_id = p_publication.id), 0);
  v_again_at timestamptz := p_now + interval '1 hour' * (4 ^ v_redrives);
  v_redrive_at timestamptz := case
    when p_cause = 'attempts' and p_publication.reason = 'attempts' and v_redrives < v_most_redrives
      and coalesce(v_again_at < p_publication.late_at, true)
    then v_again_at end;
  v_event jsonb := jsonb_strip_nulls(jsonb_build_object(
    'at', p_now, 'event', 'failed', 'reason', p_publication.reason, 'code', p_error -> 'code',
    'message', left(p_error ->> 'message', 500)));
begin
  insert into app.dead_letters as d (
    workspace_id, schedule_id, run_id, publication_id, outcome, cause, history, redrives, redrive_at, created_at, settled_at)
  select
    p_publication.workspace_id, p_publication.schedule_id, c.run_id, p_publication.id, 'failed', p_cause,
    jsonb_build_array(v_event), v_redrives, v_redrive_at, p_now, p_now
  from app.contents c where c.id = p_publication.content_id
  on conflict (publication_id) where letter_status = 'open'
  do update set cause = excluded.cause, history = d.history || v_event, redrive_at = excluded.redrive_at;
end;
$$;
revoke execute on function app.open_letter from public;
