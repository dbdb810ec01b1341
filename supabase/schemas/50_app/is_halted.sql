-- Whether nothing of a publication's account can be sent for now: its workspace is stopped, or the account is to be connected
-- again. Both may go on.
create function app.is_halted(p_publication app.publications) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return exists (select from app.workspaces w where w.id = p_publication.workspace_id and w.paused_at is not null)
    or exists (
      select from app.accounts a
      where a.id = p_publication.account_id and a.status in ('needs_reauth', 'disabled'));
end;
$$;
revoke execute on function app.is_halted from public;
