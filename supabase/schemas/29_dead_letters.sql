-- What exhausted its retries: one row with its cause, what it was about, and its history. Only a record: what becomes of a
-- run or a publication is decided from the ledger.
create table app.dead_letters (
  id           uuid primary key default gen_random_uuid(),
  dlq_id       text unique, -- QStash's; null: no message was given up
  message_id   text,
  workspace_id uuid references app.workspaces on delete cascade,
  schedule_id  uuid references app.schedules on delete set null,
  run_id       uuid references app.runs on delete set null,
  due_at       timestamptz,
  url          text,
  status       int,
  body         text check (octet_length(body) <= 8192),
  outcome      text not null, -- what settling said: closed, waiting or failed
  created_at   timestamptz not null,
  settled_at   timestamptz, -- null while waiting
  publication_id uuid references app.publications on delete cascade,
  cause        app.dead_letter_cause not null default 'delivery',
  letter_status app.dead_letter_status not null default 'open',
  history      jsonb not null default '[]', -- [{at, event, ...}]: what was done about it
  note         text check (length(note) <= 2000), -- why it was discarded
  redrives     smallint not null default 0,
  redrive_at   timestamptz -- open: when it goes through the pipeline again by itself; null: a person decides
);
create unique index dead_letters_publication_open on app.dead_letters (publication_id) where letter_status = 'open';
create index dead_letters_publication on app.dead_letters (publication_id);
create index dead_letters_list on app.dead_letters (workspace_id, created_at desc, id desc);
create index dead_letters_redrive on app.dead_letters (redrive_at, id) where redrive_at is not null;
create index dead_letters_schedule on app.dead_letters (schedule_id);
create index dead_letters_run on app.dead_letters (run_id);
create index dead_letters_waiting on app.dead_letters (created_at, id) where outcome = 'waiting' and letter_status = 'open';

alter table app.dead_letters enable row level security;
create policy "members see dead letters" on app.dead_letters for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.dead_letters to authenticated;
