-- The signed-in person's own workspace, made when it is first needed. It has the person's id.
create function app.personal_workspace(p_now timestamptz) returns uuid
language plpgsql set search_path = ''
as $$
begin
  if (select auth.uid()) is null then
    perform app.refuse(401, 'unauthenticated', 'Nobody is signed in.');
  end if;
  return app.make_personal_workspace((select auth.uid()), p_now);
end;
$$;
revoke execute on function app.personal_workspace from public;
