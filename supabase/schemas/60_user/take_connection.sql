-- Called by the door to which a platform sends people back. What was begun is given out once, to whoever began it: the call
-- that did so, and its repetition with the same p_now, get {workspace_id, platform, key_id, sealed}.
-- Refuses: connection_not_found (unknown, somebody else's, expired, or taken before: all alike).
create function public.take_connection(p_state_hash text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_state app.oauth_states;
begin
  perform app.check_now(p_now);
  update app.oauth_states o set used_at = p_now
    where o.state_hash = p_state_hash and o.user_id = (select auth.uid()) and p_now < o.expires_at
      and (o.used_at is null or o.used_at = p_now)
    returning o.* into v_state;
  if v_state.state_hash is null then
    perform app.refuse(404, 'connection_not_found', 'This connection was not begun here, or it is too late; begin again.');
  end if;
  perform app.require_role(v_state.workspace_id, '{owner,editor}');
  return jsonb_build_object(
    'workspace_id', v_state.workspace_id, 'platform', v_state.platform, 'key_id', v_state.key_id,
    'sealed', v_state.sealed);
end;
$$;
revoke execute on function public.take_connection from public, anon, authenticated, service_role;
grant execute on function public.take_connection to authenticated;
