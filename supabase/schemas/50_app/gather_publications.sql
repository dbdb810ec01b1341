-- Lets nobody else make publications of a content until this transaction ends. For those who lock all of them, and then the
-- content: one that was made in between would be locked after it, and so in the wrong order. Called before any lock.
create function app.gather_publications(p_content_id uuid) returns void
language plpgsql set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('publications of ' || p_content_id, 0));
end;
$$;
revoke execute on function app.gather_publications from public;
