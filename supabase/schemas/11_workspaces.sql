-- Whose everything is. A person's own workspace has the person's id.
create table app.workspaces (
  id                  uuid primary key default gen_random_uuid(),
  name                text not null check (length(name) between 1 and 200),
  plan                text not null default 'free' references app.plans,
  subscription_status app.subscription_status not null default 'active',
  period_end          timestamptz, -- paid until then whatever the status; null: no end while active or trialing
  paused_at           timestamptz, -- set: the workspace is stopped, claims answer `held`
  created_at          timestamptz not null,

  -- The owner's own limits on money, within the plan's; null: none. Micro-USD, worst case included.
  daily_cost_cap      bigint check (daily_cost_cap between 1 and 1000000000000),
  monthly_cost_cap    bigint check (monthly_cost_cap between 1 and 1000000000000)
);
create index workspaces_plan on app.workspaces (plan);
