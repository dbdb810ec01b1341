-- Called by the sweep: letters whose time to go through the pipeline again by themselves has come do so, and those whose
-- matter has come to an end without help are settled. One that cannot be sent now waits for a person. {redriven, settled:
-- how many, publications: those that wait again and can be armed, more: whether there are others}.
create function public.redrive_dead_letters(p_now timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_limit int := app.page_size(p_limit);
  v_due uuid[];
  v_letter_id uuid;
  v_sent uuid[] := '{}';
  v_settled int := app.settle_ended_letters(p_now, v_limit);
begin
  select coalesce(array_agg(due.id), '{}') into v_due from (
    select d.id from app.dead_letters d
    where d.redrive_at <= p_now and d.letter_status = 'open' order by d.redrive_at, d.id limit v_limit + 1) due;
  -- Before the first of them: accounts, publications and contents, each in order of id, as everybody locks them.
  perform from app.accounts a
    where a.id in (
      select p.account_id from app.dead_letters d join app.publications p on p.id = d.publication_id
      where d.id = any (v_due[1:v_limit]))
    order by a.id for no key update;
  perform from app.publications p
    where p.id in (select d.publication_id from app.dead_letters d where d.id = any (v_due[1:v_limit]))
    order by p.id for no key update;
  perform from app.contents c
    where c.id in (
      select p.content_id from app.dead_letters d join app.publications p on p.id = d.publication_id
      where d.id = any (v_due[1:v_limit]))
    order by c.id for no key update;
  perform app.lock_publications((
    select array_agg(d.publication_id) from app.dead_letters d where d.id = any (v_due[1:v_limit])));
  foreach v_letter_id in array v_due[1:v_limit] loop
    v_sent := v_sent || app.redrive_letter(v_letter_id, p_now);
  end loop;
  return jsonb_build_object(
    'redriven', cardinality(v_sent), 'settled', v_settled,
    'publications', (
      select coalesce(jsonb_agg(app.publication_json(p) order by p.publish_at, p.id), '[]')
      from app.publications p where p.id = any (v_sent)),
    'more', cardinality(v_due) > v_limit or v_settled = v_limit);
end;
$$;
revoke execute on function public.redrive_dead_letters from public, anon, authenticated, service_role;
grant execute on function public.redrive_dead_letters to service_role;
