-- The same words as the StrEnums of lib/domain; a test compares them.

create type app.member_role as enum (
  'owner',  -- may do everything, also with members and the plan
  'editor', -- may write schedules and contents
  'viewer'  -- may only look
);

create type app.subscription_status as enum (
  'active',   -- paid, or free
  'trialing', -- not yet to be paid
  'past_due', -- a payment failed; served until period_end
  'canceled'  -- ended by the customer; served until period_end
);

create type app.frequency as enum (
  'hourly',  -- elapsed grid of one hour
  '3hours',  -- elapsed grid of three hours
  '6hours',  -- elapsed grid of six hours
  'daily',   -- a local time of day
  'weekly',  -- a local time on one weekday
  'monthly', -- a local time on the wanted day, or the month's last
  'custom'   -- RFC 5545 RRULE
);

create type app.content_type as enum (
  'x_post',       -- one post of at most 280 weighted characters
  'x_thread',     -- several such posts
  'blog_post',    -- title and markdown body
  'newsletter',   -- subject and markdown body
  'linkedin_post' -- one post of at most 3,000 characters
);

create type app.run_status as enum (
  'running',   -- claimed, lease live: finish_run or fail_run moves it on; lease over: the sweep
  'retrying',  -- failed for now, or queued: the next delivery moves it on, or the sweep once retry_at has come
  'succeeded', -- content saved; final
  'failed',    -- given up, reason says why; final
  'skipped',   -- deliberately not performed, reason says why; final
  'missed'     -- its time passed before anybody could perform it; final
);

create type app.run_reason as enum (
  'paused',       -- skipped: the schedule was paused
  'superseded',   -- skipped: an edit moved the schedule to other times
  'deleted',      -- skipped: the schedule was deleted
  'subscription', -- skipped: the workspace's subscription had lapsed
  'quota',        -- skipped: the plan's contents of the day were used up, or too few were left
  'budget',       -- skipped: a cap on money had no room for it; failed: no money left for another attempt
  'late',         -- missed: nobody came in time; failed: not finished in time
  'model',        -- failed: no model could or would write it
  'content',      -- failed: what the models answered was cut short or had another shape
  'attempts',     -- failed: begun too often without an end
  'delivery',     -- failed: QStash gave up and its time had passed
  'invalid',      -- failed: the stored rule or settings cannot be used
  'refused'       -- failed: the model declined to write this; a person must change the request
);

create type app.run_trigger as enum (
  'schedule', -- a nominal occurrence
  'manual'    -- a person asked for it: "run now", or queued
);

create type app.content_status as enum (
  'draft',           -- written and saved; a person, or the schedule's targets, decide
  'pending_publish', -- approved; its publications are on their way
  'published',       -- out; final
  'rejected',        -- a person said no; final
  'expired',         -- nobody decided in time; final
  'needs_review'     -- a gate objected even to the rewrite; waits for a person, is never posted by itself
);

create type app.quality as enum (
  'standard', -- good and cheap
  'premium'   -- the best there are
);

create type app.alert_kind as enum (
  'budget_tripped',     -- a cap on money kept something from running; it runs again when the period turns
  'model_misconfigured' -- a model's key, credit or name is wrong; an operator must mend it
);
