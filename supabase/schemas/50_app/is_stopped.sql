-- Whether a workspace is stopped.
create function app.is_stopped(p_workspace_id uuid) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return exists (select from app.workspaces w where w.id = p_workspace_id and w.paused_at is not null);
end;
$$;
revoke execute on function app.is_stopped from public;
