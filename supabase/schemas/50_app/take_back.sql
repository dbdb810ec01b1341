-- Takes a content whose text has changed back from whoever was given the old one to post: they are given the new one in its
-- turn, which the change does not make too late. Called with its publications locked.
create function app.take_back(p_content_id uuid, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_publication app.publications;
begin
  for v_publication in
    update app.publications p
      set status = 'waiting', late_at = case when p.publish_at > p_now then p.late_at end,
          armed_for = null, armed_at = null, armed_message_id = null
      where p.content_id = p_content_id and p.status = 'handed_off'
      returning p.*
  loop
    perform app.resolve_alerts(v_publication.workspace_id, '{handed_off}', v_publication.id::text, p_now);
  end loop;
end;
$$;
revoke execute on function app.take_back from public;
