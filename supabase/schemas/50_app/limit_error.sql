-- What a run's errors say of a limit that was met: p_met as tripped_cap gives it.
create function app.limit_error(p_met jsonb, p_attempt int, p_now timestamptz) returns jsonb
language sql stable set search_path = ''
as $$
  select (p_met - 'reason') || jsonb_build_object(
    'at', p_now, 'attempt', p_attempt,
    'code', case p_met ->> 'reason' when 'quota' then 'quota' else 'cap' end,
    'message', case p_met ->> 'reason'
      when 'quota' then 'The plan has no room for this many contents today.'
      else format('The %s''s money of the %s has no room for what this may cost.',
        split_part(p_met ->> 'cap', '_', 1), split_part(p_met ->> 'cap', '_', 2)) end);
$$;
revoke execute on function app.limit_error from public;
