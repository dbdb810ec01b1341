-- Called by the doors for people. p_fields holds the columns that a person may write; the caller has computed
-- p_next_run_at and p_late_at from them. p_workspace_id null: the person's own workspace.
--
-- created:  stored, waiting for p_next_run_at.
-- repeated: this key (or this id) has created it before, with the same p_request_hash; the schedule as it is now.
-- Refuses: workspace_not_found, role, plan_limit, finished (no occurrence at all), idempotency_mismatch (the key was
-- used for another request).
create function public.create_schedule(
  p_schedule_id uuid, p_workspace_id uuid, p_fields jsonb, p_next_run_at timestamptz, p_late_at timestamptz,
  p_key text, p_request_hash text, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := coalesce(p_workspace_id, app.personal_workspace(p_now));
  v_new app.schedules;
  v_before app.schedules;
begin
  perform app.require_role(v_workspace_id, '{owner,editor}');
  perform app.check_now(p_now);
  perform app.check_fields(p_fields);
  perform from app.workspaces w where w.id = v_workspace_id for no key update;

  select s.* into v_before from app.schedules s
    where s.id = p_schedule_id or (s.workspace_id = v_workspace_id and s.idempotency_key = p_key)
    order by s.idempotency_key = p_key desc nulls last limit 1;
  if v_before.id is not null then
    if v_before.workspace_id <> v_workspace_id or v_before.request_hash is distinct from p_request_hash then
      perform app.refuse(422, 'idempotency_mismatch', 'This key was used for another request.');
    end if;
    return jsonb_build_object('outcome', 'repeated', 'schedule', app.schedule_json(v_before));
  end if;

  perform app.check_plan_limit(v_workspace_id);
  perform app.check_ahead(p_next_run_at, p_now);
  v_new := jsonb_populate_record(null::app.schedules, p_fields);
  if not app.has_future(v_new, p_next_run_at) then
    perform app.refuse(409, 'finished', 'This schedule would never run.');
  end if;
  insert into app.schedules (
    id, workspace_id, created_by, name, content_type, frequency, time_of_day, weekday, day_of_month, rrule, timezone,
    anchor_at, starts_at, ends_at, max_runs, lateness_limit, lead_time, priority, settings, next_run_at, late_at,
    idempotency_key, request_hash, created_at, updated_at, daily_cost_cap, monthly_cost_cap)
  values (
    p_schedule_id, v_workspace_id, (select auth.uid()), v_new.name, v_new.content_type, v_new.frequency,
    v_new.time_of_day, v_new.weekday, v_new.day_of_month, v_new.rrule, v_new.timezone, v_new.anchor_at,
    v_new.starts_at, v_new.ends_at, v_new.max_runs, v_new.lateness_limit, coalesce(v_new.lead_time, interval '0'),
    coalesce(v_new.priority, 5), coalesce(v_new.settings, '{}'), p_next_run_at, p_late_at, p_key, p_request_hash,
    p_now, p_now, v_new.daily_cost_cap, v_new.monthly_cost_cap)
  returning * into v_new;
  perform app.write_audit(v_workspace_id, (select auth.uid()), 'schedule.create', v_new.id, '{}', p_now);
  return jsonb_build_object('outcome', 'created', 'schedule', app.schedule_json(v_new));
end;
$$;
revoke execute on function public.create_schedule from public, anon, authenticated, service_role;
grant execute on function public.create_schedule to authenticated;
