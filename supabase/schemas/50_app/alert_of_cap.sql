-- Raises the alert of a tripped cap, one for each cap and period: also after somebody has resolved it the rest of the
-- period only counts it up.
create function app.alert_of_cap(p_schedule app.schedules, p_day date, p_tripped jsonb, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
declare
  v_cap text := p_tripped ->> 'cap';
  v_schedule_id uuid := case when v_cap like 'schedule%' then p_schedule.id end;
  v_period text := to_char(p_day, case when v_cap like '%month' then 'YYYY-MM' else 'YYYY-MM-DD' end);
  v_subject text := concat_ws(' ', v_cap, v_schedule_id, v_period);
begin
  update app.alerts a set count = a.count + 1, last_at = p_now
    where a.workspace_id = p_schedule.workspace_id and a.kind = 'budget_tripped' and a.subject = v_subject
      and a.resolved_at is not null;
  if not found then
    perform app.raise_alert(
      p_schedule.workspace_id, v_schedule_id, 'budget_tripped', v_subject, p_tripped - 'reason', p_now);
  end if;
end;
$$;
revoke execute on function app.alert_of_cap from public;
