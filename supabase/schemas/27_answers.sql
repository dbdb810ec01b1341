-- What models have answered for runs that have not ended: whoever goes on with one finds it here and does not pay
-- again. Deleted when the run ends. No policy and no grant: people see contents, not drafts.
create table app.answers (
  run_id      uuid not null references app.runs on delete cascade,
  item        smallint not null check (item >= 0),
  step        smallint not null check (step >= 0), -- 0: the draft, 1: the rewrite, 2: the judge's opinion
  fingerprint text not null check (length(fingerprint) <= 200), -- of what was asked
  angle       text,
  model       text not null,
  fields      jsonb not null,
  text        text not null,
  created_at  timestamptz not null,
  primary key (run_id, item, step, fingerprint)
);

alter table app.answers enable row level security;
