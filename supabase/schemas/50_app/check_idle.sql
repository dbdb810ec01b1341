-- Refuses while somebody is at work on a publication: sending it, or reading its account back. One whose lease has ended is
-- nobody's, but what was sent of it is unknown until a claim has said so.
-- Refuses: publication_busy.
create function app.check_idle(p_publication app.publications, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
  if p_publication.status = 'publishing' or p_publication.lease_until > p_now then
    perform app.refuse_publication(p_publication, 'publication_busy', 'It is being sent, or looked for, right now.');
  end if;
end;
$$;
revoke execute on function app.check_idle from public;
