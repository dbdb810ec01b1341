-- Messages that QStash gave up. Only a record: what became of the run is decided from the ledger.
create table app.dead_letters (
  id           uuid primary key default gen_random_uuid(),
  dlq_id       text not null unique,
  message_id   text,
  workspace_id uuid references app.workspaces on delete cascade,
  schedule_id  uuid references app.schedules on delete set null,
  run_id       uuid references app.runs on delete set null,
  due_at       timestamptz,
  url          text,
  status       int,
  body         text check (octet_length(body) <= 8192),
  outcome      text not null, -- closed, waiting or failed
  created_at   timestamptz not null,
  settled_at   timestamptz -- null while waiting
);
create index dead_letters_workspace on app.dead_letters (workspace_id);
create index dead_letters_schedule on app.dead_letters (schedule_id);
create index dead_letters_run on app.dead_letters (run_id);

alter table app.dead_letters enable row level security;
create policy "members see dead letters" on app.dead_letters for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.dead_letters to authenticated;
