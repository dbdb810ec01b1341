-- Who changed what, when: one row for each change by a person. Never holds prompts, only the names of changed fields.
create table app.audit_log (
  id           uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references app.workspaces on delete cascade,
  user_id      uuid references auth.users on delete set null,
  action       text not null,
  target       uuid,
  detail       jsonb not null default '{}',
  at           timestamptz not null
);
create index audit_log_workspace on app.audit_log (workspace_id, at desc);
create index audit_log_user on app.audit_log (user_id);

alter table app.audit_log enable row level security;
create policy "members see the log" on app.audit_log for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.audit_log to authenticated;
