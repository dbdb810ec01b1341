-- Called when somebody has pressed `approve` or `reject` behind a link. It decides once, about the version that it was made
-- for; of two at once one decides. p_note is for the people of the workspace.
-- approved, rejected: done; the same decision again is answered alike. With the `content` that was decided, and its
--                     `publications`: those that wait can be armed.
-- Refuses: link_not_found, and 409 link_used, link_expired, link_void, link_decided (as app.link_state says it).
create function public.use_approval_link(p_link_id uuid, p_decision text, p_note text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_link app.approval_links := app.find_link(p_link_id);
  v_content app.contents := app.lock_content(v_link.content_id);
  v_state text;
  v_detail jsonb := jsonb_build_object('link', p_link_id);
begin
  if (p_decision in ('approve', 'reject')) is not true then
    raise sqlstate '22023' using message = format('there is no decision %s', p_decision);
  end if;
  v_link := app.find_link(p_link_id); -- as it is, now that nobody else decides
  v_state := app.link_state(v_link, v_content, p_now);
  if v_state = 'open' then
    v_content := case p_decision
      when 'approve' then app.approve_version(v_content, v_link.version, null, p_note, v_detail, p_now)
      else app.reject_version(v_content, null, p_note, v_detail, p_now) end;
    update app.approval_links l set used_at = p_now, decision = p_decision where l.id = p_link_id;
  elsif v_state <> 'used' or v_link.decision <> p_decision then
    perform app.refuse(409, 'link_' || v_state, case v_state
      when 'used' then format('This link was used to %s it.', v_link.decision)
      when 'expired' then 'This link has expired.'
      when 'void' then 'The text was changed since this link was made.'
      else 'Somebody else has decided, or it is too late.' end,
      jsonb_build_object('state', v_state, 'decision', v_link.decision));
  end if;
  return jsonb_build_object(
    'outcome', case p_decision when 'approve' then 'approved' else 'rejected' end,
    'content', app.content_json(v_content), 'publications', app.content_publications(v_content.id));
end;
$$;
revoke execute on function public.use_approval_link from public, anon, authenticated, service_role;
grant execute on function public.use_approval_link to service_role;
