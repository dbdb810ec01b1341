-- A publication, locked behind its account for change by the signed-in person, an owner or editor. Another tenant's
-- publication does not exist for them.
create function app.open_publication(p_publication_id uuid) returns app.publications
language plpgsql set search_path = ''
as $$
declare
  v_workspace_id uuid := app.publication_workspace(p_publication_id);
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  return app.lock_publication(p_publication_id);
end;
$$;
revoke execute on function app.open_publication from public;
