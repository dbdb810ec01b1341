-- Letters of messages that were given up while there was time left: once the run has ended, they say how. With a text it is
-- settled; without one a person may replay it. How many.
create function app.settle_ended_letters(p_now timestamptz, p_limit int) returns int
language plpgsql set search_path = ''
as $$
declare
  v_letter app.dead_letters;
  v_end text;
  v_count int := 0;
begin
  for v_letter in
    select d.* from app.dead_letters d
    where d.outcome = 'waiting' and d.letter_status = 'open' and app.given_up(d) <> 'goes_on'
    order by d.created_at, d.id limit p_limit for no key update skip locked
  loop
    v_end := app.given_up(v_letter);
    update app.dead_letters d
      set outcome = case v_end when 'ended' then 'failed' else 'closed' end, settled_at = p_now where d.id = v_letter.id;
    perform app.note_letter(
      v_letter, case v_end when 'ended' then 'open' else 'settled' end::app.dead_letter_status, 'settled',
      jsonb_build_object('outcome', v_end), p_now);
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
revoke execute on function app.settle_ended_letters from public;
