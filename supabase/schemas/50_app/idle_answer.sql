-- What claim_publication answers when nothing of the account can be done now: the named one waits until again_at, or for a
-- person; or it has ended, or will presently.
create function app.idle_answer(p_named app.publications, p_is_active boolean, p_now timestamptz) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_ready_at timestamptz := app.ready_at(p_named);
begin
  if p_named.status in ('published', 'failed', 'cancelled')
    or (p_named.status = 'waiting' and (
      p_named.late_at <= p_now or app.moot_reason(p_named) is not null or app.has_expired(p_named.content_id, p_now)))
  then
    return jsonb_build_object('outcome', 'done', 'publication_id', p_named.id);
  end if;
  return jsonb_build_object(
    'outcome', 'waiting', 'publication_id', p_named.id,
    'again_at', case
      when v_ready_at > p_now and p_is_active and (p_named.status = 'unknown' or (
        select app.is_approved(c, v_ready_at) from app.contents c where c.id = p_named.content_id))
      then v_ready_at end);
end;
$$;
revoke execute on function app.idle_answer from public;
