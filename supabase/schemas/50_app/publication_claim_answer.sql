-- The answer of claim_publication: whoever may act on it also gets what sending needs, in the same round trip.
create function app.publication_claim_answer(
  p_outcome text, p_publication_id uuid, p_again_at timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  v_answer jsonb;
begin
  select jsonb_build_object(
      'outcome', p_outcome, 'publication', app.publication_json(p), 'account', app.account_json(a), 'again_at', p_again_at)
      || case when p_outcome not in ('claimed', 'reading') then '{}' else jsonb_build_object(
        'content', app.content_json(c),
        'language', case when jsonb_typeof(s.settings -> 'language') = 'string' then s.settings ->> 'language' end,
        'credentials', (
          select jsonb_build_object(
            'key_id', k.key_id, 'sealed', k.sealed, 'version', k.version, 'expires_at', k.expires_at)
          from app.credentials k where k.account_id = a.id)) end
    into v_answer
    from app.publications p
    join app.accounts a on a.id = p.account_id
    join app.contents c on c.id = p.content_id
    join app.schedules s on s.id = p.schedule_id
    where p.id = p_publication_id;
  return v_answer;
end;
$$;
revoke execute on function app.publication_claim_answer from public;
