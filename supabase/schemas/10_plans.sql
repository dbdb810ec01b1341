-- The one table of limits. Money is micro-USD here and everywhere.
create table app.plans (
  plan          text primary key,
  max_schedules int not null check (max_schedules >= 0), -- schedules that are not deleted
  runs_a_day    int not null check (runs_a_day >= 0),    -- contents begun in one UTC day
  parallelism   int not null check (parallelism > 0),    -- texts of one workspace written at the same time
  daily_cost    bigint not null check (daily_cost >= 0), -- what the models may cost in one UTC day, worst case included
  monthly_cost  bigint not null check (monthly_cost >= 0) -- the same in one UTC month
);

insert into app.plans (plan, max_schedules, runs_a_day, parallelism, daily_cost, monthly_cost) values
  ('free', 5, 30, 1, 500000, 5000000),
  ('creator', 50, 500, 5, 10000000, 100000000),
  ('team', 500, 5000, 20, 100000000, 1000000000);

alter table app.plans enable row level security;
create policy "everybody knows the plans" on app.plans for select to authenticated using (true);
grant select on app.plans to authenticated;
