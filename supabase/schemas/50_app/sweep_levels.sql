-- The priorities that a page of the sweep still has to look at, and where in each it begins.
create function app.sweep_levels(p_after jsonb)
returns table (priority smallint, after_at timestamptz, after_id uuid)
language sql immutable set search_path = ''
as $$
  select
    level::smallint,
    case when level = (p_after ->> 'priority')::int then (p_after ->> 'at')::timestamptz else '-infinity' end,
    case when level = (p_after ->> 'priority')::int
      then (p_after ->> 'id')::uuid else '00000000-0000-0000-0000-000000000000' end
  from generate_series(coalesce((p_after ->> 'priority')::int, 9), 0, -1) as level;
$$;
revoke execute on function app.sweep_levels from public;
