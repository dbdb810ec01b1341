-- Ends the call with HTTP status p_status (PostgREST reads it from SQLSTATE PTnnn). p_code is for machines, p_sentence
-- for people. Never SQLSTATE 40001: PostgREST before 16 would repeat the transaction for ever.
create function app.refuse(p_status int, p_code text, p_sentence text, p_details jsonb default '{}') returns void
language plpgsql set search_path = ''
as $$
begin
  raise exception using errcode = 'PT' || p_status, message = p_code, detail = p_sentence, hint = p_details::text;
end;
$$;
revoke execute on function app.refuse from public;
