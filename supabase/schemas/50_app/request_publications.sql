-- A person's wish to see a content on these accounts from p_publish_at on: makes publications where there are none, and
-- revives those that have failed or were cancelled. What is out at the same account there, or may be, is not sent to it once
-- more because it was removed and connected anew. How many wait because of it. Called with accounts, the content's
-- publications and the content locked.
create function app.request_publications(
  p_content_id uuid, p_account_ids uuid[], p_user_id uuid, p_publish_at timestamptz, p_now timestamptz
) returns int
language plpgsql set search_path = ''
as $$
declare
  v_made int;
  v_revived int := 0;
  v_publication app.publications;
begin
  for v_publication in
    select p.* from app.publications p
    where p.content_id = p_content_id and p.account_id = any (p_account_ids) and p.status in ('failed', 'cancelled')
      and not app.may_be_out(p)
    order by p.id
  loop
    v_publication := app.revive_publication(v_publication, p_user_id, p_now);
    update app.publications p set publish_at = coalesce(p_publish_at, p_now) where p.id = v_publication.id;
    perform app.close_letters(v_publication.id, 'replayed', 'retried', p_now);
    v_revived := v_revived + 1;
  end loop;
  insert into app.publications (
    workspace_id, schedule_id, content_id, account_id, requested_by, publish_at, created_at)
  select c.workspace_id, c.schedule_id, c.id, wanted.id, p_user_id, coalesce(p_publish_at, p_now), p_now
  from app.contents c cross join (select distinct id from unnest(p_account_ids) as id) wanted
  where c.id = p_content_id and not exists (
    select from app.publications p
    join app.accounts before on before.id = p.account_id and before.status = 'removed'
    join app.accounts a on a.id = wanted.id and a.workspace_id = before.workspace_id and a.platform = before.platform
      and a.external_id = before.external_id
    where p.content_id = c.id and p.status in ('publishing', 'unknown', 'published'))
  on conflict (content_id, account_id) do nothing;
  get diagnostics v_made = row_count;
  if v_made > 0 then
    update app.contents c set status = 'pending_publish' where c.id = p_content_id and c.status = 'draft';
  end if;
  return v_made + v_revived;
end;
$$;
revoke execute on function app.request_publications from public;
