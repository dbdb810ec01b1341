-- Called by the doors for people. p_revision is the one the person saw; p_changes holds the changed columns only;
-- p_next_run_at and p_late_at are the first occurrence after p_now under the rule as it will be.
--
-- updated:   stored. If the rule really changed: a new revision, and the occurrence it waited for either stands (it is
--            due already and not begun) or gives way to p_next_run_at, leaving a row `skipped: superseded`.
-- unchanged: everything is as p_changes wants it; also what a repetition answers.
-- superseded_message_id: the message armed for an occurrence that gave way.
-- Refuses: schedule_not_found, role, revision_conflict (the rule or activity changed since the person looked).
create function public.update_schedule(
  p_schedule_id uuid, p_revision int, p_changes jsonb, p_next_run_at timestamptz, p_late_at timestamptz,
  p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_old app.schedules := app.open_schedule(p_schedule_id, '{owner,editor}');
  v_new app.schedules := jsonb_populate_record(v_old, p_changes);
  v_new_rule boolean;
begin
  perform app.check_now(p_now);
  perform app.check_fields(p_changes);
  if v_new is not distinct from v_old then
    return jsonb_build_object(
      'outcome', 'unchanged', 'schedule', app.schedule_json(v_old), 'superseded_message_id', null);
  elsif p_revision is distinct from v_old.revision then
    perform app.refuse(409, 'revision_conflict', 'The schedule has changed since you looked at it.',
      jsonb_build_object('revision', v_old.revision));
  end if;
  v_new_rule :=
    (v_new.frequency, v_new.time_of_day, v_new.weekday, v_new.day_of_month, v_new.rrule, v_new.timezone,
      v_new.anchor_at, v_new.starts_at, v_new.ends_at, v_new.max_runs)
    is distinct from
    (v_old.frequency, v_old.time_of_day, v_old.weekday, v_old.day_of_month, v_old.rrule, v_old.timezone,
      v_old.anchor_at, v_old.starts_at, v_old.ends_at, v_old.max_runs);

  update app.schedules s
    set name = v_new.name, content_type = v_new.content_type, frequency = v_new.frequency,
        time_of_day = v_new.time_of_day, weekday = v_new.weekday, day_of_month = v_new.day_of_month,
        rrule = v_new.rrule, timezone = v_new.timezone, anchor_at = v_new.anchor_at, starts_at = v_new.starts_at,
        ends_at = v_new.ends_at, max_runs = v_new.max_runs, lateness_limit = v_new.lateness_limit,
        lead_time = v_new.lead_time, priority = v_new.priority, settings = v_new.settings,
        daily_cost_cap = v_new.daily_cost_cap, monthly_cost_cap = v_new.monthly_cost_cap,
        -- Another limit for the occurrence it waits for already; a new rule sets its own below.
        late_at = case
          when p_next_run_at = s.next_run_at and not v_new_rule
            and (v_new.lateness_limit, v_new.lead_time) is distinct from (v_old.lateness_limit, v_old.lead_time)
          then p_late_at else s.late_at end,
        following_run_at = null, following_late_at = null, -- may be another one now; advance_schedule will tell
        revision = s.revision + v_new_rule::int, updated_at = p_now
    where s.id = v_old.id
    returning s.* into v_new;
  if v_new_rule then
    v_new := app.apply_rule_change(v_old, v_new, p_next_run_at, p_late_at, p_now);
    if v_new.next_run_at is distinct from v_old.next_run_at then
      perform app.cancel_scheduled(v_old.id, 'superseded', p_now);
    end if;
  end if;
  perform app.write_audit(v_old.workspace_id, (select auth.uid()), 'schedule.update', v_old.id,
    jsonb_build_object('fields', (select jsonb_agg(key order by key) from jsonb_object_keys(p_changes) as key)), p_now);
  return jsonb_build_object(
    'outcome', 'updated', 'schedule', app.schedule_json(v_new),
    'superseded_message_id', app.superseded_message(v_old, v_new));
end;
$$;
revoke execute on function public.update_schedule from public, anon, authenticated, service_role;
grant execute on function public.update_schedule to authenticated;
