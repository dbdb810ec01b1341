-- Refuses whoever has looked at another version of a content than there is: what they would decide about is gone. Null: they
-- mean whatever it is now.
create function app.check_version(p_content app.contents, p_version int) returns void
language plpgsql set search_path = ''
as $$
begin
  if p_version <> p_content.version then
    perform app.refuse(409, 'content_version', 'This content has changed since you looked at it.',
      jsonb_build_object('version', p_content.version));
  end if;
end;
$$;
revoke execute on function app.check_version from public;
