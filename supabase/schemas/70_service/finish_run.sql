-- Called when the content is written: saves it, ends the run, counts and settles, all in one transaction. p_contents =
-- [{item, kind, title, body, segments, word_count, angle, memory, verdict, score, meta}]; without a verdict that says
-- passed it waits for a person. p_measured = {model_attempts, prompt_version, items_failed, errors} as app.measure takes
-- it; what record_attempt has booked is not counted again. Never moves next_run_at. p_known as app.newer_contents takes
-- it; null: nobody asks what others have written meanwhile. p_handover as app.hand_over takes it; null: they stay drafts.
--
-- outdated:  others have, and here it is (recalled); nothing is saved. Compare with it, and call again. One at a time of a
--            workspace, so that of two alike that come at once the second is told of the first.
-- succeeded: saved, with those of its `publications` that want a message. Repeated with the same fence it answers the same
--            and counts nothing twice.
-- lost:      another attempt holds the run, or it has ended otherwise. Nothing is saved; what was measured is booked.
-- Refuses: run_not_found.
create function public.finish_run(
  p_run_id uuid, p_fence bigint, p_contents jsonb, p_measured jsonb, p_now timestamptz, p_known jsonb,
  p_handover jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_run app.runs := app.lock_run(p_run_id);
  v_newer jsonb;
  v_count int;
begin
  if v_run.fence is distinct from p_fence or v_run.status not in ('running', 'succeeded') then
    return app.lost_answer(v_run, p_measured, p_now);
  end if;
  if v_run.status = 'running' then
    if p_known is not null then
      perform pg_advisory_xact_lock(hashtextextended(v_run.workspace_id::text, 0));
      v_newer := app.newer_contents(
        v_run.workspace_id, (p_contents -> 0 ->> 'kind')::app.content_type, p_known);
      if v_newer <> '[]' then
        return jsonb_build_object('outcome', 'outdated', 'recalled', v_newer);
      end if;
    end if;
    insert into app.contents (
      workspace_id, schedule_id, run_id, item, kind, title, body, segments, status, word_count, angle, memory, verdict,
      score, meta, created_at)
    select
      v_run.workspace_id, v_run.schedule_id, v_run.id, c.item, c.kind, c.title, c.body, nullif(c.segments, 'null'),
      case when c.verdict ->> 'passed' = 'true' then 'draft' else 'needs_review' end::app.content_status,
      coalesce(c.word_count, 0), left(c.angle, 100), nullif(left(c.memory, 2000), ''),
      coalesce(nullif(c.verdict, 'null'), '{}'), least(greatest(c.score, 0), 100),
      coalesce(nullif(c.meta, 'null'), '{}'), p_now
    from jsonb_populate_recordset(null::app.contents, p_contents) c;
    get diagnostics v_count = row_count;
    if v_count = 0 then
      raise sqlstate '22023' using message = 'a run that wrote nothing has not succeeded';
    end if;
    perform app.hand_over(v_run, p_handover, p_now);
    v_run := app.measure(v_run, p_measured, p_now);
    perform app.settle_reservation(v_run, false);
    delete from app.answers a where a.run_id = p_run_id;
    update app.runs r
      set status = 'succeeded', reserved_cost = 0, lease_until = null, finished_at = p_now
      where r.id = p_run_id returning r.* into v_run;
    update app.schedules s
      set total_generated = s.total_generated + v_count, consecutive_failures = 0,
          last_run_at = greatest(s.last_run_at, p_now)
      where s.id = v_run.schedule_id;
  end if;
  return jsonb_build_object(
    'outcome', 'succeeded', 'run', app.run_json(v_run), 'contents', app.run_contents(p_run_id),
    'publications', app.unarmed_publications(p_run_id),
    'schedule', app.fresh_schedule(v_run.schedule_id));
end;
$$;
revoke execute on function public.finish_run from public, anon, authenticated, service_role;
grant execute on function public.finish_run to service_role;
