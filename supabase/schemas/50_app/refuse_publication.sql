-- Ends the call: a publication's status does not allow what a person wants of it, and p_sentence says why.
create function app.refuse_publication(p_publication app.publications, p_code text, p_sentence text) returns void
language plpgsql set search_path = ''
as $$
begin
  perform app.refuse(409, p_code, p_sentence, jsonb_build_object('status', p_publication.status));
end;
$$;
revoke execute on function app.refuse_publication from public;
