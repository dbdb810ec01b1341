-- A publication as it stands after this transaction's writes, for answers.
create function app.fresh_publication(p_publication_id uuid) returns jsonb
language plpgsql set search_path = ''
as $$
begin
  return (select app.publication_json(p) from app.publications p where p.id = p_publication_id);
end;
$$;
revoke execute on function app.fresh_publication from public;
