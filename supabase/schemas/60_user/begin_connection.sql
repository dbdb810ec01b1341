-- Called by the doors for people who connect an account by OAuth: what came with them is kept under the hash of the state,
-- until they come back with it. p_workspace_id null: the person's own.
-- begun: stored; also what a repetition answers.
-- Refuses: workspace_not_found, role, state_taken (it is another connection's).
create function public.begin_connection(
  p_state_hash text, p_workspace_id uuid, p_platform text, p_key_id text, p_sealed text, p_expires_at timestamptz,
  p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_state app.oauth_states;
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  -- What this person has begun and left is of no use to anybody.
  delete from app.oauth_states o where o.user_id = (select auth.uid()) and o.expires_at < p_now - interval '1 day';
  insert into app.oauth_states (
    state_hash, workspace_id, user_id, platform, key_id, sealed, created_at, expires_at)
  values (
    p_state_hash, v_workspace_id, (select auth.uid()), p_platform::app.platform, p_key_id, p_sealed, p_now,
    least(p_expires_at, p_now + interval '1 hour'))
  on conflict (state_hash) do nothing;
  select o.* into v_state from app.oauth_states o where o.state_hash = p_state_hash;
  if (v_state.user_id, v_state.workspace_id, v_state.sealed) is distinct from
    ((select auth.uid()), v_workspace_id, p_sealed)
  then
    perform app.refuse(409, 'state_taken', 'This is another connection; begin again.');
  end if;
  return jsonb_build_object('outcome', 'begun', 'expires_at', v_state.expires_at);
end;
$$;
revoke execute on function public.begin_connection from public, anon, authenticated, service_role;
grant execute on function public.begin_connection to authenticated;
