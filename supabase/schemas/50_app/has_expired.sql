-- Whether the time in which somebody was to say yes to a content has passed, and its schedule takes that for a no.
create function app.has_expired(p_content_id uuid, p_now timestamptz) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return exists (
    select from app.contents c
    where c.id = p_content_id and c.status = 'pending_approval' and c.on_deadline = 'skip' and c.approve_by <= p_now);
end;
$$;
revoke execute on function app.has_expired from public;
