-- What a schedule wants done with a content about which nobody has decided in time, once that time has come: it goes out, or
-- it expires. Anything else stays as it is. Also called by claims, which hold publications already: here the content is
-- locked first, and of its publications only those that nobody holds are cancelled; whoever holds one sees afterwards what
-- has become of the content.
create function app.settle_deadline(p_content_id uuid, p_now timestamptz) returns app.contents
language plpgsql set search_path = ''
as $$
declare
  v_content app.contents;
  v_goes_out boolean;
begin
  select c.* into v_content from app.contents c where c.id = p_content_id for no key update;
  if v_content.status is distinct from 'pending_approval' or (v_content.approve_by <= p_now) is not true then
    return v_content;
  end if;
  v_goes_out := v_content.on_deadline = 'publish';
  v_content := app.decide_content(
    v_content, case when v_goes_out then app.status_when_approved(p_content_id) else 'expired' end, null, null,
    'content.deadline', jsonb_build_object('on_deadline', v_content.on_deadline), p_now);
  if not v_goes_out then
    perform app.cancel_each(array_agg(free.id), 'expired', p_now)
      from (
        select p.id from app.publications p
        where p.content_id = p_content_id and p.status in ('waiting', 'handed_off')
        for no key update skip locked) free;
  end if;
  return v_content;
end;
$$;
revoke execute on function app.settle_deadline from public;
