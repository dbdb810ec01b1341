-- What a changed rule does to the occurrence that the schedule waits for. Called by update_schedule with the schedule as
-- it was and as it is now, both locked.
create function app.apply_rule_change(
  p_old app.schedules, p_new app.schedules, p_next_run_at timestamptz, p_late_at timestamptz, p_now timestamptz
) returns app.schedules
language plpgsql set search_path = ''
as $$
begin
  -- Paused by a person: the new rule is asked when they resume it.
  if not p_new.is_active and p_new.finished_at is null then
    return p_new;
  end if;
  -- Already due and not begun: it is still performed as it was promised, the new rule applies after it.
  if p_old.next_run_at <= p_now and not exists (
    select from app.runs r where r.schedule_id = p_old.id and r.due_at = p_old.next_run_at
  ) then
    return p_new;
  end if;
  perform app.check_ahead(p_next_run_at, p_now);
  if not app.has_future(p_new, p_next_run_at) then
    perform app.cancel_occurrence(p_old, 'superseded', p_now);
    return case when p_new.finished_at is null then app.finish_schedule(p_new.id, p_now) else p_new end;
  end if;
  if p_next_run_at = p_old.next_run_at then
    update app.schedules s set late_at = p_late_at where s.id = p_new.id returning s.* into p_new;
    return p_new;
  end if;
  perform app.cancel_occurrence(p_old, 'superseded', p_now);
  update app.schedules s set is_active = true, finished_at = null where s.id = p_new.id;
  return app.set_next_run(p_new.id, p_next_run_at, p_late_at, p_now);
end;
$$;
revoke execute on function app.apply_rule_change from public;
