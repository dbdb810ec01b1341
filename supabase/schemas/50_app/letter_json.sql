-- A dead letter as every caller sees it: all columns but the message itself.
create function app.letter_json(p_letter app.dead_letters) returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(p_letter) - 'body';
$$;
revoke execute on function app.letter_json from public;
