-- Called by the doors for people who preview a schedule: accounts of a workspace (null: the person's own), in the order of
-- p_account_ids, with what is known to go out there: publications that wait, the last that went, and the next occurrence
-- of every schedule that publishes there, but for the one that is previewed. Accounts of others and removed ones are left
-- out.
-- Refuses: workspace_not_found.
create function public.list_targets(p_workspace_id uuid, p_account_ids uuid[], p_schedule_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
  v_most constant int := 500;
begin
  return jsonb_build_object('targets', (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'account', app.account_json(a),
        'taken', (
          select coalesce(jsonb_agg(known.at order by known.at), '[]') from (
            (select p.publish_at as at from app.publications p
              where p.account_id = a.id and p.status in ('waiting', 'publishing') order by p.publish_at limit v_most)
            union
            select a.last_published_at where a.last_published_at is not null
            union
            (select s.next_run_at from app.schedules s
              where s.workspace_id = v_workspace_id and s.next_run_at is not null
                and s.id is distinct from p_schedule_id and s.settings -> 'targets' ? a.id::text
              limit v_most)) known))
      order by wanted.place), '[]')
    from unnest(p_account_ids) with ordinality as wanted (id, place)
    join app.accounts a on a.id = wanted.id and a.workspace_id = v_workspace_id and a.status <> 'removed'));
end;
$$;
revoke execute on function public.list_targets from public, anon, authenticated, service_role;
grant execute on function public.list_targets to authenticated;
