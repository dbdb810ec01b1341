-- Called by the doors for people: a content goes out, to p_account_ids (null: the targets of its schedule) at p_publish_at
-- (null: now). Where it failed or was cancelled it is tried again; where it waits, is out, or may be, it stays as it is.
--
-- requested: at least one publication is new or waits again.
-- unchanged: none is; also what a repetition answers.
-- Both with the content and all its publications.
-- Refuses: content_not_found, role, content_status, schedule_deleted, account_not_found, account_status, no_targets.
create function public.publish_content(
  p_content_id uuid, p_account_ids uuid[], p_publish_at timestamptz, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_user_id uuid := (select auth.uid());
  v_workspace_id uuid := app.content_workspace(p_content_id);
  v_account_ids uuid[] := coalesce(p_account_ids, app.targets_of_content(p_content_id));
  v_count int;
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  perform app.gather_publications(p_content_id);
  perform app.check_targets(v_workspace_id, v_account_ids);
  perform from app.publications p where p.content_id = p_content_id order by p.id for no key update;
  perform app.check_publishable(p_content_id);
  v_count := app.request_publications(p_content_id, v_account_ids, v_user_id, greatest(p_publish_at, p_now), p_now);
  if v_count > 0 then
    perform app.write_audit(v_workspace_id, v_user_id, 'content.publish', p_content_id,
      jsonb_build_object('publications', v_count), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case when v_count > 0 then 'requested' else 'unchanged' end,
    'content', (select app.content_json(c) from app.contents c where c.id = p_content_id),
    'publications', app.content_publications(p_content_id));
end;
$$;
revoke execute on function public.publish_content from public, anon, authenticated, service_role;
grant execute on function public.publish_content to authenticated;
