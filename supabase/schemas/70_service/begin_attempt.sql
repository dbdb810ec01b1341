-- Called before every call that creates something on a platform: from here on whoever finds the lease ended knows that this
-- may be out. p_version is that of the content which is about to be sent.
--
-- begun:   written down; also what a repetition answers. A holder whose session was refused and renewed begins again.
-- changed: not to be sent as it was claimed: edited, taken back, stopped, too late, or the account cannot be used. It waits
--          again, or has been cancelled; nothing counts as an attempt. One that is unknown stays so: it waits for its
--          workspace or account to go on, else for a person.
-- lost:    another claim holds it, or the lease is over; the caller must stop.
-- All with the publication as it is then.
create function public.begin_attempt(
  p_publication_id uuid, p_fence bigint, p_version int, p_now timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_publication app.publications := app.lock_publication(p_publication_id);
  v_outcome text;
begin
  if (v_publication.fence = p_fence and v_publication.lease_until > p_now) is not true then
    v_outcome := 'lost';
  elsif v_publication.status = 'unknown' then
    -- It is sent again under its key, which makes it once; when that was tried first is what counts. It may be the first
    -- that comes through: so it has to be wanted still.
    if v_publication.version = p_version and app.may_send(v_publication, p_version, p_now) then
      v_outcome := 'begun';
    else
      v_outcome := 'changed';
      perform app.settle_attempt(
        v_publication,
        jsonb_build_object(
          'status', 'unknown', 'reason', v_publication.reason, 'read', jsonb '{"outcome": "unread"}',
          'read_at', case when app.is_halted(v_publication) then v_publication.read_at end), p_now);
    end if;
  elsif app.may_send(v_publication, p_version, p_now) then
    v_outcome := 'begun';
    update app.publications p
      set attempted_at = p_now, sent_fence = p_fence, version = p_version
      where p.id = p_publication_id;
  elsif v_publication.attempted_at is null then
    v_outcome := 'changed';
    perform app.settle_attempt(v_publication, '{"status": "waiting", "is_attempt": false}', p_now);
  else
    v_outcome := 'lost';
  end if;
  return jsonb_build_object('outcome', v_outcome, 'publication', app.fresh_publication(p_publication_id));
end;
$$;
revoke execute on function public.begin_attempt from public, anon, authenticated, service_role;
grant execute on function public.begin_attempt to service_role;
