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
  'refused',      -- failed: the model declined to write this; a person must change the request
  'stopped'       -- skipped: the workspace was stopped at its time, and what was held is not caught up
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
  'needs_review',    -- a gate objected even to the rewrite; waits for a person, is never posted by itself
  'pending_approval' -- fit to go out, and its schedule wants a person's yes first; approve_by may decide without
);

create type app.quality as enum (
  'standard', -- good and cheap
  'premium'   -- the best there are
);

create type app.alert_kind as enum (
  'budget_tripped',     -- a cap on money kept something from running; it runs again when the period turns
  'model_misconfigured', -- a model's key, credit or name is wrong; an operator must mend it
  'publication_failed',  -- a publication was given up; the dead letter says why
  'publication_unknown', -- it may be out or not, and nothing can tell; a person must look
  'account_lost',        -- an account's credentials or webhook do not work any more; a person must connect it again
  'approval_wanted',     -- a content waits for somebody's yes
  'handed_off'           -- a content is due on a platform that only people can post to
);

create type app.platform as enum (
  'x',          -- posts and threads, by OAuth 2
  'wordpress',  -- articles, by application password
  'mastodon',   -- posts and threads, by access token
  'bluesky',    -- posts and threads, by app password
  'discord',    -- a channel, by webhook
  'slack',      -- a channel, by webhook
  'newsletter', -- e-mail, by Resend
  'webhook',    -- any server of the owner's that takes Standard Webhooks
  'naver_blog', -- articles; a person posts them, there is no write API
  'linkedin'    -- posts; a person posts them, what was posted by API could not be read back
);

create type app.account_status as enum (
  'active',       -- can be published to
  'needs_reauth', -- its credentials are refused; a person must connect it again
  'disabled',     -- its webhook is gone for good; a person must connect another
  'removed'       -- by a person; final, its credentials are deleted
);

create type app.publication_status as enum (
  'waiting',    -- for its time, its turn, an approval or another attempt
  'publishing', -- claimed; lease over and nothing sent: waiting again, something sent: unknown
  'published',  -- accepted by the platform, or a person said so; final
  'failed',     -- given up, reason says why; a person may retry it
  'unknown',    -- may be out or not; read back at read_at, without one a person decides; never sent again by itself
  'handed_off', -- a person has been given it to post, and says when it is out
  'cancelled'   -- will not be published, reason says why; a person may retry it
);

create type app.publication_reason as enum (
  'refused',     -- failed: the platform refused it for good
  'invalid',     -- failed: it does not fit the platform; nothing was sent
  'account',     -- failed: its account could not be used in time
  'attempts',    -- failed: tried too often, never accepted
  'late',        -- failed: its time passed
  'delivery',    -- failed: QStash gave its message up, and its time had passed
  'paused',      -- cancelled: the schedule was paused
  'superseded',  -- cancelled: an edit moved the schedule to other times
  'deleted',     -- cancelled: the schedule was deleted
  'rejected',    -- cancelled: a person rejected the content
  'expired',     -- cancelled: nobody approved the content in time
  'stopped',     -- cancelled: skipped when the workspace went on after a stop
  'voided',      -- cancelled: a person took it back
  'removed',     -- cancelled: its account was removed
  'no_reply',    -- unknown: it was sent, and no reply came that tells
  'interrupted'  -- unknown: whoever sent it died before writing down what became of it
);

create type app.deadline_action as enum (
  'publish', -- nobody has objected in time: it goes out
  'skip'     -- nobody has approved in time: it does not
);

create type app.dead_letter_cause as enum (
  'delivery', -- QStash gave a message up
  'poison',   -- a message that nobody can act on, and no retry would make readable
  'platform', -- a platform refused a publication for good, or it does not fit
  'attempts', -- a publication was tried too often; the causes were passing ones, so it is driven again by itself
  'account'   -- a publication's account could not be used in time
);

create type app.dead_letter_status as enum (
  'open',      -- somebody, or the re-drive, may still do something
  'settled',   -- what it was about has come to an end without help
  'replayed',  -- went through the pipeline again; what becomes of that is in the ledger
  'discarded'  -- by a person, with a note
);
