-- Called after messages about publications were published: p_armed = [{publication_id, armed_for, message_id}]. What has
-- ended meanwhile, or waits for a person, stays as it is. Told twice of the same message it counts it once.
--
-- armed: how many publications these messages stand for.
create function public.mark_publications_armed(p_armed jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_one record;
  v_armed int := 0;
begin
  -- In order of id, so that two callers with the same publications never wait for each other in a circle; the accounts
  -- first, so that no claim waits in between.
  perform from app.accounts a
    where a.id in (
      select p.account_id from jsonb_to_recordset(p_armed) as told (publication_id uuid)
        join app.publications p on p.id = told.publication_id)
    order by a.id for no key update;
  for v_one in
    select * from jsonb_to_recordset(p_armed) as told (publication_id uuid, armed_for timestamptz, message_id text)
    order by told.publication_id
  loop
    update app.publications p
      set armed_for = v_one.armed_for, armed_message_id = v_one.message_id,
          armed_at = case when p.armed_message_id = v_one.message_id then p.armed_at else p_now end,
          arm_count = p.arm_count + (p.armed_message_id is distinct from v_one.message_id)::int
      where p.id = v_one.publication_id and app.ready_at(p) is not null;
    v_armed := v_armed + found::int;
  end loop;
  return jsonb_build_object('armed', v_armed);
end;
$$;
revoke execute on function public.mark_publications_armed from public, anon, authenticated, service_role;
grant execute on function public.mark_publications_armed to service_role;
