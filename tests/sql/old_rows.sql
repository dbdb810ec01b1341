-- What a database in use held before the second migration: one workspace, a run that wrote, one that is under way.
insert into app.plans (plan, max_schedules, runs_a_day, parallelism, daily_cost) values ('ours', 9, 99, 2, 7000000);
insert into app.workspaces (id, name, plan, created_at)
  values ('00000000-0000-4000-8000-000000000001', 'Old', 'team', '2026-11-20 00:00Z');
insert into auth.users (id, email) values ('00000000-0000-4000-8000-000000000009', 'old@test');
insert into app.members (workspace_id, user_id, role, created_at)
  values ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000009', 'owner', '2026-11-20 00:00Z');
insert into app.schedules (
  id, workspace_id, name, content_type, frequency, timezone, anchor_at, priority, next_run_at, late_at, created_at,
  updated_at)
values (
  '00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'Old', 'x_post', 'hourly', 'UTC',
  '2026-11-20 00:00Z', 8, '2026-11-21 10:00Z', '2026-11-21 10:30Z', '2026-11-20 00:00Z', '2026-11-20 00:00Z');
insert into app.budget_days (workspace_id, day, runs, reserved_cost, spent_cost)
  values ('00000000-0000-4000-8000-000000000001', '2026-11-21', 2, 100000, 7);
insert into app.runs (
  id, workspace_id, schedule_id, trigger, due_at, status, revision, attempt, claim_id, fence, lease_until, late_at,
  reserved_day, worst_cost, reserved_cost, cost, model_attempts, created_at, started_at, finished_at)
values
  ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001',
   '00000000-0000-4000-8000-000000000002', 'schedule', '2026-11-21 08:00Z', 'succeeded', 1, 1, 'a', 1, null,
   '2026-11-21 08:30Z', '2026-11-21', 100000, 0, 7, '[{"model": "claude", "cost": 7}]', '2026-11-21 08:00Z',
   '2026-11-21 08:00Z', '2026-11-21 08:01Z'),
  ('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-000000000001',
   '00000000-0000-4000-8000-000000000002', 'schedule', '2026-11-21 09:00Z', 'running', 1, 1, 'b', 2,
   '2026-11-21 09:06Z', '2026-11-21 09:30Z', '2026-11-21', 100000, 100000, 40, '[{"model": "claude", "cost": 40}]',
   '2026-11-21 09:00Z', '2026-11-21 09:00Z', null);
insert into app.contents (workspace_id, schedule_id, run_id, item, kind, title, body, segments, created_at)
select '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002',
  '00000000-0000-4000-8000-000000000003', item, kind::app.content_type, title, body, segments::jsonb, '2026-11-21 08:01Z'
from (values
  (0, 'x_post', null, E'커피 한 잔!\n ＣＯＦＦＥＥ again: https://example.com/a?b=c', null),
  (1, 'blog_post', 'Why Tea Matters', '**The leaf**, and the water.', null),
  (2, 'x_thread', null, null, '["First.", "Second?"]'),
  (3, 'x_post', null, 'https://example.com', null)
) as old (item, kind, title, body, segments);
