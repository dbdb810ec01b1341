-- Called by the doors for people: a stopped workspace (null: the person's own) goes on, and what was held meanwhile is dealt
-- with, all in one transaction. p_how:
--
-- skip:     none of it happens. The ledger says `stopped` of occurrences and of runs that were interrupted or queued;
--           publications that are due are cancelled.
-- catch_up: schedules go on as p_schedules says; publications go out as soon as their accounts allow.
-- spread:   the same, but publications of one account p_spread apart.
--
-- p_schedules = [{schedule_id, due_at, revision, skipped, missed, next_run_at, late_at}] for every schedule that list_held
-- has named: the due times that get a row, `skipped: stopped` and `missed: late`, and what it waits for then.
--
-- resumed:   done; with the schedules that moved, and the publications that go on: they can be armed.
-- unchanged: it was not stopped; also what a repetition answers.
-- Refuses: workspace_not_found, role, schedules_changed (p_schedules is not what is due now: look again; nothing is
-- written); SQLSTATE 22023 for a plan in which a due time would disappear.
create function public.resume_workspace(
  p_workspace_id uuid, p_how text, p_schedules jsonb, p_spread interval, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_workspace app.workspaces;
  v_moved uuid[];
  v_going uuid[];
  v_cancelled uuid[] := '{}';
  v_ended int := 0;
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  if p_how is null or p_how not in ('skip', 'catch_up', 'spread') then
    raise sqlstate '22023' using message = format('a workspace does not go on by %s', p_how);
  end if;
  -- Everybody who writes locks schedules before the workspace, and both before accounts and publications.
  perform from app.schedules s where s.workspace_id = v_workspace_id order by s.id for no key update;
  select w.* into v_workspace from app.workspaces w where w.id = v_workspace_id for no key update;
  if v_workspace.paused_at is null then
    return jsonb_build_object(
      'outcome', 'unchanged', 'workspace', to_jsonb(v_workspace), 'schedules', jsonb '[]', 'publications', jsonb '[]');
  end if;

  v_moved := app.move_held(v_workspace_id, p_schedules, p_now);
  if p_how = 'skip' then
    v_ended := app.skip_idle(v_workspace_id, p_now);
  end if;
  perform from app.accounts a where a.workspace_id = v_workspace_id order by a.id for no key update;
  select coalesce(array_agg(held.id), '{}') into v_going from (
    select p.id from app.publications p where p.workspace_id = v_workspace_id and app.is_held(p, p_now)
    order by p.id for no key update) held;
  if p_how = 'skip' then
    v_cancelled := v_going;
    v_going := '{}';
    perform app.cancel_each(v_cancelled, 'stopped', p_now);
  end if;
  perform app.let_go(v_going, case when p_how = 'spread' then p_spread end, p_now);
  update app.workspaces w set paused_at = null where w.id = v_workspace_id returning w.* into v_workspace;
  perform app.write_audit(v_workspace_id, (select auth.uid()), 'workspace.resume', v_workspace_id,
    jsonb_build_object(
      'how', p_how, 'schedules', cardinality(v_moved), 'runs_ended', v_ended,
      'publications', cardinality(v_going), 'publications_cancelled', cardinality(v_cancelled)), p_now);
  return jsonb_build_object(
    'outcome', 'resumed', 'workspace', to_jsonb(v_workspace),
    'schedules', (
      select coalesce(jsonb_agg(app.schedule_json(s) order by s.next_run_at, s.id), '[]')
      from app.schedules s where s.id = any (v_moved)),
    'publications', (
      select coalesce(jsonb_agg(app.publication_json(p) order by p.publish_at, p.id), '[]')
      from app.publications p where p.id = any (v_going)));
end;
$$;
revoke execute on function public.resume_workspace from public, anon, authenticated, service_role;
grant execute on function public.resume_workspace to authenticated;
