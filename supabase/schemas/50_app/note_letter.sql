-- Writes into a letter's history what was done about it, and where it stands now; it is locked. p_detail may name who, and
-- what came of it.
create function app.note_letter(
  p_letter app.dead_letters, p_status app.dead_letter_status, p_event text, p_detail jsonb, p_now timestamptz
) returns app.dead_letters
language plpgsql set search_path = ''
as $$
begin
  update app.dead_letters d
    set letter_status = p_status, redrive_at = case when p_status = 'open' then d.redrive_at end,
        history = d.history || (jsonb_build_object('at', p_now, 'event', p_event) || jsonb_strip_nulls(p_detail))
    where d.id = p_letter.id
    returning d.* into p_letter;
  return p_letter;
end;
$$;
revoke execute on function app.note_letter from public;
