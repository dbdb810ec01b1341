-- What a run wrote: one row for each item.
create table app.contents (
  id           uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references app.workspaces on delete cascade,
  schedule_id  uuid not null references app.schedules on delete cascade,
  run_id       uuid not null references app.runs on delete cascade,
  item         smallint not null,
  kind         app.content_type not null,
  title        text,
  body         text,
  segments     jsonb, -- the posts of a thread
  status       app.content_status not null default 'draft',
  word_count   int not null default 0 check (word_count >= 0),
  meta         jsonb not null default '{}',
  created_at   timestamptz not null,
  angle        text check (length(angle) <= 100),    -- from which side the topic was taken
  memory       text check (length(memory) <= 2000),  -- what later ones are compared with; null: with nothing
  verdict      jsonb not null default '{}',          -- {passed, objections, likeness} of the gates
  score        smallint check (score between 0 and 100), -- advisory
  version      int not null default 1,               -- raised by every edit: what was approved is one version
  approve_by   timestamptz,                          -- pending_approval: on_deadline decides then; null: nobody does
  on_deadline  app.deadline_action,
  decided_at   timestamptz,                          -- when it was approved, rejected or expired last
  decided_by   uuid references auth.users on delete set null, -- null: a link, the deadline, or nobody was asked
  decision_note text check (length(decision_note) <= 2000),   -- of a person; never published
  unique (run_id, item),
  check (body is not null or segments is not null),
  check ((approve_by is null) = (on_deadline is null))
);
create index contents_decided_by on app.contents (decided_by);
create index contents_deadline on app.contents (approve_by, id)
  where status = 'pending_approval' and approve_by is not null;
create index contents_workspace on app.contents (workspace_id, created_at desc, id desc);
create index contents_schedule on app.contents (schedule_id, created_at desc, id desc);
create index contents_memory on app.contents (workspace_id, kind, created_at desc, id desc) where memory is not null;
create index contents_schedule_memory on app.contents (schedule_id, kind, created_at desc, id desc)
  where memory is not null;
create index contents_status on app.contents (workspace_id, status, created_at desc, id desc);

alter table app.contents enable row level security;
create policy "members see contents" on app.contents for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.contents to authenticated;
