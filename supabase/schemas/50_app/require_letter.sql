-- A dead letter that the signed-in person may do something about. Another tenant's does not exist for them.
create function app.require_letter(p_letter_id uuid) returns app.dead_letters
language plpgsql stable set search_path = ''
as $$
declare
  v_letter app.dead_letters;
begin
  select d.* into v_letter from app.dead_letters d
    join app.members m on m.workspace_id = d.workspace_id and m.user_id = (select auth.uid())
    where d.id = p_letter_id;
  if v_letter.id is null then
    perform app.refuse(404, 'dead_letter_not_found', 'There is no such dead letter in your workspaces.');
  end if;
  perform app.require_role(v_letter.workspace_id, '{owner,editor}');
  return v_letter;
end;
$$;
revoke execute on function app.require_letter from public;
