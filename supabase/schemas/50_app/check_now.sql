-- Lets a person's p_now through while the access token that comes with it is good, a minute of clock skew allowed.
-- Our doors always pass such a time; whoever calls past them cannot date what they do, nor let years of occurrences
-- become due.
create function app.check_now(p_now timestamptz) returns void
language plpgsql stable set search_path = ''
as $$
declare
  v_clock_skew constant interval := interval '1 minute';
  v_token jsonb := (select auth.jwt());
begin
  if (p_now between to_timestamp((v_token ->> 'iat')::float8) - v_clock_skew
    and to_timestamp((v_token ->> 'exp')::float8) + v_clock_skew) is not true
  then
    raise sqlstate '22023' using message = 'p_now is not within the life of this access token';
  end if;
end;
$$;
revoke execute on function app.check_now from public;
