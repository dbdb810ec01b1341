-- The answer of edit_content.
create function app.edit_answer(p_outcome text, p_content app.contents) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return jsonb_build_object(
    'outcome', p_outcome, 'content', app.content_json(p_content),
    'publications', app.content_publications(p_content.id));
end;
$$;
revoke execute on function app.edit_answer from public;
