-- Called by the doors for people: a content that waits for review, or a draft, is never posted.
-- rejected: done; also what a repetition answers.
-- Refuses: content_not_found, role, content_status (it is on its way, out or expired).
create function public.reject_content(p_content_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
begin
  return jsonb_build_object(
    'outcome', 'rejected',
    'content', app.decide_content(p_content_id, '{needs_review,draft}', 'rejected', 'content.reject', p_now));
end;
$$;
revoke execute on function public.reject_content from public, anon, authenticated, service_role;
grant execute on function public.reject_content to authenticated;
