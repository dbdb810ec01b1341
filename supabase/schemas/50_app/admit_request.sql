-- Reserves for a run that a person wants now. Null: done; otherwise {reason} why not, with the limit as reserve tells it.
create function app.admit_request(p_schedule app.schedules, p_run app.runs, p_now timestamptz) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_workspace app.workspaces;
begin
  select w.* into v_workspace from app.workspaces w where w.id = p_run.workspace_id;
  return case
    when p_schedule.deleted_at is not null then jsonb '{"reason": "deleted"}'
    when v_workspace.paused_at is not null then jsonb '{"reason": "held"}'
    when app.subscription_lapsed(v_workspace, p_now) then jsonb '{"reason": "subscription"}'
    else app.reserve(p_schedule, p_run, p_now) end;
end;
$$;
revoke execute on function app.admit_request from public;
