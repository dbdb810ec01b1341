-- Called when something should be known and mended. p_workspace_id null: the operator's, which no member sees.
-- raised:  a new alert.
-- counted: there was an open one of this workspace, kind and subject; it happened once more.
create function public.raise_alert(
  p_workspace_id uuid, p_schedule_id uuid, p_kind text, p_subject text, p_details jsonb, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_alert app.alerts := app.raise_alert(
    p_workspace_id, p_schedule_id, p_kind::app.alert_kind, left(p_subject, 200), p_details, p_now);
begin
  return jsonb_build_object(
    'outcome', case when v_alert.count = 1 then 'raised' else 'counted' end, 'alert', to_jsonb(v_alert));
end;
$$;
revoke execute on function public.raise_alert from public, anon, authenticated, service_role;
grant execute on function public.raise_alert to service_role;
