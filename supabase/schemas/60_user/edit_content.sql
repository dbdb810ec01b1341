-- Called by the doors for people. p_changes = {title, body, segments, word_count, memory, verdict, score, score_parts}: the
-- text as it is to be, what the gates say to it, and what later ones are compared with; without a verdict that says passed it
-- waits for a person. An edit makes a new version, which nobody has approved: links to the old one are void.
--
-- edited:    stored as the version after p_version; also what a repetition answers. Where a yes was wanted, or given, it is
--            wanted anew; a deadline that has passed meanwhile does not decide.
-- unchanged: the text is as p_changes wants it.
-- Both with its `publications`.
-- Refuses: content_not_found, role, content_version (somebody else has edited it), content_status (it may be out already,
-- or it was rejected or has expired); SQLSTATE 22023 for another field.
create function public.edit_content(p_content_id uuid, p_version int, p_changes jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.contents := app.open_content(p_content_id, '{owner,editor}');
  v_new app.contents := jsonb_populate_record(v_old, p_changes);
  v_is_same boolean;
  v_verdict jsonb := case when jsonb_typeof(p_changes -> 'verdict') = 'object' then p_changes -> 'verdict' else '{}' end;
  v_unknown text;
begin
  perform app.check_now(p_now);
  select key into v_unknown from jsonb_object_keys(p_changes) as key
    where key <> all (array['title', 'body', 'segments', 'word_count', 'memory', 'verdict', 'score', 'score_parts'])
    order by key limit 1;
  if v_unknown is not null then
    raise sqlstate '22023' using message = format('unknown field %s', v_unknown);
  end if;
  perform app.check_readable('the text', jsonb_build_array(v_new.title, v_new.body, v_new.segments), 262144);
  perform app.check_readable('the verdict', p_changes -> 'verdict', 65536);
  perform app.check_readable('the score', p_changes -> 'score_parts', 4096);
  v_new.segments := nullif(v_new.segments, 'null');
  if not (jsonb_typeof(v_new.segments) = 'array' and not v_new.segments @? '$[*] ? (@.type() != "string")') then
    raise sqlstate '22023' using message = 'segments are a list of texts';
  end if;
  v_is_same := (v_new.title, v_new.body, v_new.segments) is not distinct from (v_old.title, v_old.body, v_old.segments);
  if v_is_same and v_old.version = p_version + 1 then
    return app.edit_answer('edited', v_old);
  end if;
  perform app.check_version(v_old, p_version);
  if v_is_same then
    return app.edit_answer('unchanged', v_old);
  end if;
  perform app.check_changeable(v_old);
  update app.contents c
    set title = v_new.title, body = v_new.body, segments = v_new.segments, word_count = coalesce(v_new.word_count, 0),
        memory = nullif(left(v_new.memory, 2000), ''), score = least(greatest(v_new.score, 0), 100),
        verdict = v_verdict,
        meta = c.meta || jsonb_strip_nulls(jsonb_build_object('score_parts', p_changes -> 'score_parts')),
        status = app.status_when_edited(v_old, v_verdict ->> 'passed' = 'true'),
        version = c.version + 1, decided_at = null, decided_by = null, decision_note = null,
        approve_by = case when c.approve_by > p_now then c.approve_by end,
        on_deadline = case when c.approve_by > p_now then c.on_deadline end
    where c.id = p_content_id
    returning c.* into v_new;
  perform app.take_back(p_content_id, p_now);
  if v_new.status = 'pending_approval' then
    perform app.want_approval(v_new, p_now, p_now);
  end if;
  perform app.write_audit(v_new.workspace_id, (select auth.uid()), 'content.edit', p_content_id,
    jsonb_build_object('version', v_new.version), p_now);
  return app.edit_answer('edited', v_new);
end;
$$;
revoke execute on function public.edit_content from public, anon, authenticated, service_role;
grant execute on function public.edit_content to authenticated;
