-- Who may do what in which workspace. Every policy below asks this table.
create table app.members (
  workspace_id uuid not null references app.workspaces on delete cascade,
  user_id      uuid not null references auth.users on delete cascade,
  role         app.member_role not null,
  created_at   timestamptz not null,
  primary key (workspace_id, user_id)
);
create index members_user on app.members (user_id);

alter table app.members enable row level security;
create policy "a person sees their own memberships" on app.members for select to authenticated
  using (user_id = (select auth.uid()));
grant select on app.members to authenticated;

alter table app.workspaces enable row level security;
create policy "members see their workspace" on app.workspaces for select to authenticated
  using (id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.workspaces to authenticated;
