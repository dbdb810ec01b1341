-- A publication's errors with one more, {at, attempt, fault, code, message}; the newest twenty are kept.
create function app.noted_errors(p_publication app.publications, p_error jsonb, p_now timestamptz) returns jsonb
language sql immutable set search_path = ''
as $$
  select case when jsonb_typeof(p_error) is distinct from 'object' then p_publication.errors else (
    select jsonb_agg(newest.it order by newest.place)
    from (
      select it, place from jsonb_array_elements(
        p_publication.errors || jsonb_build_array(
          jsonb_build_object('at', p_now, 'attempt', p_publication.attempt) || jsonb_build_object(
            'fault', p_error -> 'fault', 'code', p_error -> 'code', 'message', left(p_error ->> 'message', 500))))
        with ordinality as known (it, place)
      order by place desc limit 20) newest) end;
$$;
revoke execute on function app.noted_errors from public;
