-- A link by which somebody without a login may decide about one version of one content, once. The link itself is signed
-- by the application and names this row.
create table app.approval_links (
  id           uuid primary key,
  workspace_id uuid not null references app.workspaces on delete cascade,
  content_id   uuid not null references app.contents on delete cascade,
  version      int not null, -- of the content that is to be decided; an edit voids the link
  created_by   uuid references auth.users on delete set null, -- null: sent by ourselves to the schedule's reviewers
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  used_at      timestamptz,
  decision     text check (decision in ('approve', 'reject')),
  check ((used_at is null) = (decision is null))
);
create index approval_links_workspace on app.approval_links (workspace_id);
create index approval_links_content on app.approval_links (content_id);
create index approval_links_created_by on app.approval_links (created_by);

alter table app.approval_links enable row level security;
