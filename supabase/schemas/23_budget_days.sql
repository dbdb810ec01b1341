-- What a workspace has used of its plan in one UTC day. Its row lock makes concurrent claims queue up, so the sum of
-- reserved and spent never passes the plan's limit.
create table app.budget_days (
  workspace_id  uuid not null references app.workspaces on delete cascade,
  day           date not null,
  runs          int not null default 0 check (runs >= 0), -- contents of the runs that use it
  reserved_cost bigint not null default 0 check (reserved_cost >= 0), -- of runs that have not ended
  spent_cost    bigint not null default 0 check (spent_cost >= 0),    -- measured, of runs that have
  primary key (workspace_id, day)
);

alter table app.budget_days enable row level security;
create policy "members see their days" on app.budget_days for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.budget_days to authenticated;
