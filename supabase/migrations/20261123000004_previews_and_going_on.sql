-- What a preview of a schedule needs to know of the accounts that it publishes to; and going on after a part that somebody
-- has seen.

-- schemas/60_user/continue_publication.sql

-- Called by the doors for people: the part of an unknown publication that nobody knew of is out, somebody has seen it there;
-- the rest is sent. p_number is how many parts are known to be out, p_part = {external_id, url} the one that was seen.
--
-- continued: it waits for the rest, and is to be armed. Had it no other part, its next turn only writes down that it is out.
-- unchanged: that part is known already; also what a repetition answers.
-- Refuses: publication_not_found, role, publication_busy, publication_status (it is not unknown), account_status,
-- schedule_deleted, content_status.
create function public.continue_publication(p_publication_id uuid, p_number int, p_part jsonb, p_now timestamptz)
returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.open_publication(p_publication_id);
  v_is_known boolean := jsonb_array_length(v_publication.parts) > p_number;
begin
  perform app.check_now(p_now);
  perform app.check_idle(v_publication, p_now);
  if not v_is_known then
    if v_publication.status <> 'unknown' or jsonb_array_length(v_publication.parts) <> p_number then
      perform app.refuse_publication(v_publication, 'publication_status', format('It is %s.', v_publication.status));
    end if;
    v_publication := app.revive_publication(v_publication, (select auth.uid()), p_now);
    update app.publications p
      set parts = p.parts || jsonb_build_object(
            'external_id', left(p_part ->> 'external_id', 1000), 'url', left(p_part ->> 'url', 2000), 'at', p_now),
          external_id = coalesce(p.external_id, left(p_part ->> 'external_id', 1000)),
          url = coalesce(p.url, left(p_part ->> 'url', 2000))
      where p.id = p_publication_id
      returning p.* into v_publication;
    perform app.write_audit(v_publication.workspace_id, (select auth.uid()), 'publication.continue', v_publication.id,
      jsonb_build_object('number', p_number), p_now);
  end if;
  return jsonb_build_object(
    'outcome', case when v_is_known then 'unchanged' else 'continued' end,
    'publication', app.publication_json(v_publication));
end;
$$;
revoke execute on function public.continue_publication from public, anon, authenticated, service_role;
grant execute on function public.continue_publication to authenticated;

-- schemas/60_user/list_targets.sql

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

notify pgrst, 'reload schema';
