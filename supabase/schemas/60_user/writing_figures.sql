-- Called by the doors for people, for forecasts: what a content of this type and quality has taken on average in a
-- workspace (null: the person's own), measured over the newest 500 of the last 30 days: {contents, tokens_in, tokens_out,
-- cost}, the averages rounded up, null when there is none.
-- Refuses: workspace_not_found.
create function public.writing_figures(p_workspace_id uuid, p_content_type text, p_quality text, p_now timestamptz)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_workspace_id uuid := app.readable_workspace(p_workspace_id);
begin
  return (
    with written as (
      select c.run_id, count(*) as contents
      from (
        select newest.run_id from app.contents newest
        where newest.workspace_id = v_workspace_id and newest.kind = p_content_type::app.content_type
          and newest.memory is not null
          and newest.created_at > p_now - interval '30 days' and newest.created_at <= p_now
        order by newest.created_at desc, newest.id desc limit 500) c
      group by c.run_id
    ), measured as (
      -- A run that was cut off by the limit of 500 counts with the share that was not.
      select w.contents, w.contents::numeric / greatest(r.item_count - r.items_failed, w.contents) as share, r.*
      from written w join app.runs r on r.id = w.run_id
      where r.quality = p_quality::app.quality)
    select jsonb_build_object(
      'contents', coalesce(sum(m.contents), 0),
      'tokens_in', ceil(sum(m.tokens_in * m.share) / sum(m.contents)),
      'tokens_out', ceil(sum(m.tokens_out * m.share) / sum(m.contents)),
      'cost', ceil(sum(m.cost * m.share) / sum(m.contents)))
    from measured m);
end;
$$;
revoke execute on function public.writing_figures from public, anon, authenticated, service_role;
grant execute on function public.writing_figures to authenticated;
