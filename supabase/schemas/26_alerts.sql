-- What somebody should know of and may have to mend: one open row for each matter, counted up while it goes on.
create table app.alerts (
  id           uuid primary key default gen_random_uuid(),
  workspace_id uuid references app.workspaces on delete cascade, -- null: the operator's, which no member sees
  schedule_id  uuid references app.schedules on delete cascade,
  kind         app.alert_kind not null,
  subject      text not null check (length(subject) between 1 and 200), -- the model, or the cap and its period
  details      jsonb not null default '{}',
  count        int not null default 1,
  first_at     timestamptz not null,
  last_at      timestamptz not null,
  resolved_at  timestamptz, -- null: open
  account_id   uuid references app.accounts on delete cascade,
  content_id   uuid references app.contents on delete cascade,
  notify_at    timestamptz, -- when its owner is to be told; null: nobody is, or was told
  notify_attempts smallint not null default 0,
  notified_at  timestamptz
);
create unique index alerts_open on app.alerts (workspace_id, kind, subject) nulls not distinct
  where resolved_at is null;
create index alerts_workspace on app.alerts (workspace_id, first_at desc, id desc);
create index alerts_schedule on app.alerts (schedule_id);
create index alerts_account on app.alerts (account_id);
create index alerts_content on app.alerts (content_id);
create index alerts_notify on app.alerts (notify_at, id) where notify_at is not null;

alter table app.alerts enable row level security;
create policy "members see alerts" on app.alerts for select to authenticated
  using (workspace_id in (select m.workspace_id from app.members m where m.user_id = (select auth.uid())));
grant select on app.alerts to authenticated;
