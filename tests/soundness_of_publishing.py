"""What must be true of what goes out, in the ledger and at the platforms, once things had time to settle."""

from collections.abc import Iterator

import asyncpg

from dev.platforms.every import NOTICES, Platforms

# What a query finds is wrong. $1: now, $2: PATIENCE. Nothing moves while a workspace is stopped.
WRONG_PUBLICATIONS = {
    "a publication that nobody ends": """
        select p.id, p.lease_until, p.attempted_at from app.publications p
        join app.workspaces w on w.id = p.workspace_id and w.paused_at is null
        where p.status = 'publishing' and p.lease_until < $1::timestamptz - $2::interval""",
    "a publication that could go out and does not": """
        select p.id, p.publish_at, p.retry_at, p.armed_for from app.publications p
        join app.workspaces w on w.id = p.workspace_id and w.paused_at is null
        join app.contents c on c.id = p.content_id
        join app.accounts a on a.id = p.account_id and a.status = 'active'
        where p.status = 'waiting' and app.moot_reason(p) is null and app.is_approved(c, $1::timestamptz - $2::interval)
          and greatest(p.publish_at, p.retry_at, a.throttled_until, a.last_published_at + a.spacing, c.decided_at,
            a.updated_at) < $1::timestamptz - $2::interval
          -- Behind others that do go out, or that the platform makes wait, it has its turn later.
          and not exists (
            select from app.publications o
            where o.account_id = p.account_id and o.id <> p.id
              and (o.status = 'publishing'
                or greatest(o.published_at, o.attempted_at) > $1::timestamptz - $2::interval))""",
    "a publication that waits although its time has passed": """
        select p.id, p.late_at from app.publications p
        join app.workspaces w on w.id = p.workspace_id and w.paused_at is null
        where p.status = 'waiting' and p.late_at < $1::timestamptz - $2::interval""",
    "a publication that waits although nobody wants it": """
        select p.id, app.moot_reason(p) as reason, p.publish_at from app.publications p
        join app.workspaces w on w.id = p.workspace_id and w.paused_at is null
        where p.status = 'waiting' and app.moot_reason(p) is not null
          and greatest(p.publish_at, p.retry_at) < $1::timestamptz - $2::interval""",
    "an unknown publication that nobody looks for": """
        select p.id, p.read_at, p.reads from app.publications p
        join app.workspaces w on w.id = p.workspace_id and w.paused_at is null
        join app.accounts a on a.id = p.account_id and a.status = 'active'
        where p.status = 'unknown' and greatest(p.read_at, p.lease_until) < $1::timestamptz - $2::interval""",
    "a publication without its reason, or with a wrong one": """
        select id, status, reason from app.publications where not case status
          when 'failed' then reason in ('refused', 'invalid', 'account', 'attempts', 'late', 'delivery')
          when 'cancelled' then reason in (
            'paused', 'superseded', 'deleted', 'rejected', 'expired', 'stopped', 'voided', 'removed')
          when 'unknown' then reason in ('no_reply', 'interrupted')
          else reason is null end""",
    "a publication that is out without a time, or without a part that the platform has or a person who says so": """
        select p.id, p.published_at, p.parts from app.publications p
        where p.status = 'published' and (p.published_at is null or (p.parts = '[]' and not exists (
          select from app.audit_log l where l.target = p.id and l.action = 'publication.mark_published')))""",
    "a part that two publications have": """
        select a.platform, part.it ->> 'external_id' as external_id, count(distinct p.id) from app.publications p
        join app.accounts a on a.id = p.account_id cross join lateral jsonb_array_elements(p.parts) as part (it)
        group by 1, a.external_id, 2 having count(distinct p.id) > 1 and count(distinct p.workspace_id) = 1""",
    "a publication of another version than the one that stands there": """
        select p.id, p.version, c.version as content from app.publications p join app.contents c on c.id = p.content_id
        where p.status = 'published' and p.version <> c.version and not exists (
          select from app.audit_log l where l.target = p.id and l.action = 'publication.mark_published')""",
    "a publication that went out although no gate and nobody had said yes": """
        select p.id, c.verdict from app.publications p join app.contents c on c.id = p.content_id
        where p.parts <> '[]' and (c.verdict ->> 'passed') is distinct from 'true' and not exists (
          select from app.audit_log l where l.target = c.id and l.action = 'content.approve')""",
    "a content that is out and whose publications are not, or the other way round": """
        select c.id, c.status, found.statuses from app.contents c cross join lateral (
          select coalesce(array_agg(p.status::text), '{}') as statuses
          from app.publications p where p.content_id = c.id) found
        where (c.status = 'published') <> ('published' = any (found.statuses))""",
    "a content on its way without anything on its way": """
        select c.id from app.contents c where c.status = 'pending_publish' and not exists (
          select from app.publications p
          where p.content_id = c.id and p.status in ('waiting', 'publishing', 'unknown', 'handed_off'))""",
    "a content that is on no way, and something of it is": """
        select c.id, c.status, p.id as publication_id, p.status as publication_status
        from app.contents c join app.publications p on p.content_id = c.id
        where c.status in ('draft', 'rejected', 'expired') and p.status in ('waiting', 'handed_off')""",
    "a content whose deadline has passed without a decision": """
        select c.id, c.approve_by, c.on_deadline from app.contents c
        join app.workspaces w on w.id = c.workspace_id and w.paused_at is null
        where c.status = 'pending_approval' and c.approve_by < $1::timestamptz - $2::interval""",
    "a publication that was given up without a dead letter": """
        select p.id, p.reason from app.publications p
        where p.status = 'failed' and not exists (select from app.dead_letters d where d.publication_id = p.id)""",
    "an open dead letter of a publication that was not given up": """
        select d.id, p.id as publication_id, p.status from app.dead_letters d
        join app.publications p on p.id = d.publication_id
        where d.letter_status = 'open' and p.status <> 'failed'""",
    "something that waits for a person who was not told": """
        select p.id, p.status, p.reason from app.publications p
        where (p.status = 'failed' and p.reason <> 'account' or p.status = 'handed_off'
            or p.status = 'unknown' and p.read_at is null)
          and not exists (select from app.alerts l where l.subject = p.id::text)""",
    "an account that cannot be used, and nobody was told": """
        select a.id, a.status from app.accounts a
        where a.status in ('needs_reauth', 'disabled')
          and not exists (select from app.alerts l where l.account_id = a.id and l.kind = 'account_lost')""",
    "a removed account whose secrets are still there": """
        select a.id from app.accounts a join app.credentials k on k.account_id = a.id where a.status = 'removed'""",
    "rows of two workspaces in one publication": """
        select p.id from app.publications p
        join app.contents c on c.id = p.content_id join app.accounts a on a.id = p.account_id
        where p.workspace_id <> c.workspace_id or p.workspace_id <> a.workspace_id or p.schedule_id <> c.schedule_id""",
}

# The platforms' own ids of what is out, as far as they tell them, and of how much nobody knows whether it is.
PARTS = """
    select a.platform::text, part.it ->> 'external_id' as external_id
    from app.publications p join app.accounts a on a.id = p.account_id
    cross join lateral jsonb_array_elements(p.parts) with ordinality as part (it, number)
    where (a.platform <> 'wordpress' or part.number > 1)  -- a draft is not to be seen
      and part.it ->> 'external_id' not like 'seen-%'  -- a person has told of it, without its id"""
UNKNOWN = """
    select a.platform::text, count(*) from app.publications p join app.accounts a on a.id = p.account_id
    where p.status = 'unknown' or p.reads <> '[]' or jsonb_path_exists(p.errors, '$[*] ? (@.code == "out_already")')
      or exists (
      select from app.audit_log l where l.target = p.id
        and l.action in ('publication.retry', 'publication.continue', 'publication.void'))
    group by 1"""
TELLING = ("x", "wordpress", "mastodon", "bluesky", "discord", "webhook")


async def assert_published_once(platforms: Platforms, ledger: asyncpg.Connection) -> None:
    """What is to be seen at the platforms is what the ledger says, and nothing twice. Raises AssertionError."""
    # Owners may be told the same twice, of two versions of a text.
    doubles = [it for it in platforms.doubles() if it.account != NOTICES]
    problems = [f"twice at {it.account}: {it.external_ids} {it.text[:80]}" for it in doubles]
    problems += [
        f"{most} calls of {name} at once at {stand_in.name}"
        for stand_in in platforms.every()
        for name, most in stand_in.most_in_flight.items()
        if most > 1 and name != NOTICES
    ]
    problems += list(_disagreements(platforms, await ledger.fetch(PARTS), dict(await ledger.fetch(UNKNOWN))))
    assert not problems, "\n".join(["what was published is not sound:", *problems])


def _disagreements(platforms: Platforms, parts: list[asyncpg.Record], unknown: dict[str, int]) -> Iterator[str]:
    for platform in TELLING:
        told = {part["external_id"].partition("|")[0] for part in parts if part["platform"] == platform}
        there = {made.external_id for made in platforms[platform].made}
        if missing := told - there:
            yield f"out says the ledger, and not there at {platform}: {missing}"
        if len(strange := there - told) > unknown.get(platform, 0):
            yield f"there at {platform}, and unknown to the ledger: {strange}"
