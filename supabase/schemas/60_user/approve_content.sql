-- Called by the doors for people: a content that waits for review may go on as a draft, whatever the gates said.
-- approved: it is a draft; also what a repetition answers.
-- Refuses: content_not_found, role, content_status (it is on its way, out, rejected or expired).
create function public.approve_content(p_content_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
begin
  return jsonb_build_object(
    'outcome', 'approved',
    'content', app.decide_content(p_content_id, '{needs_review}', 'draft', 'content.approve', p_now));
end;
$$;
revoke execute on function public.approve_content from public, anon, authenticated, service_role;
grant execute on function public.approve_content to authenticated;
