-- What an open letter said of a publication has come to an end: p_event is what did it.
create function app.close_letters(
  p_publication_id uuid, p_status app.dead_letter_status, p_event text, p_now timestamptz
) returns void
language sql set search_path = ''
as $$
  update app.dead_letters d
    set letter_status = p_status, redrive_at = null,
        history = d.history || jsonb_build_object('at', p_now, 'event', p_event)
    where d.publication_id = p_publication_id and d.letter_status = 'open';
$$;
revoke execute on function app.close_letters from public;
