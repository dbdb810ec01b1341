-- A link by its id. Refuses an unknown one.
create function app.find_link(p_link_id uuid) returns app.approval_links
language plpgsql stable set search_path = ''
as $$
declare
  v_link app.approval_links;
begin
  select l.* into v_link from app.approval_links l where l.id = p_link_id;
  if v_link.id is null then
    perform app.refuse(404, 'link_not_found', 'There is no such link.');
  end if;
  return v_link;
end;
$$;
revoke execute on function app.find_link from public;
