-- A publication as every caller sees it: all columns, where its account is, and when it can go on by itself.
create function app.publication_json(p_publication app.publications) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select to_jsonb(p_publication) || jsonb_build_object(
      'platform', a.platform, 'account_name', a.name, 'ready_at', app.ready_at(p_publication))
    from app.accounts a where a.id = p_publication.account_id);
end;
$$;
revoke execute on function app.publication_json from public;
