"""What must be true of the ledger after whatever has happened, once things had time to settle."""

import json
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from lib.domain.recurrence.occurrences import iterate_firings
from lib.domain.schedule import Schedule
from tests.soundness_of_publishing import WRONG_PUBLICATIONS

# A lost message is found ten minutes after its time at the latest by the second sweep, and then has to be delivered.
PATIENCE = timedelta(minutes=25)

ABOUT_THE_SAME_TIME = timedelta(minutes=10)

# What a query finds is wrong. $1: now, $2: PATIENCE.
WRONG = {
    "two ledger rows for one occurrence": """
        select schedule_id, due_at from app.runs where due_at is not null group by 1, 2 having count(*) > 1""",
    "a run that nobody ends": """
        select r.id, r.status, r.lease_until, r.retry_at from app.runs r join app.workspaces w on w.id = r.workspace_id
        where r.status in ('running', 'retrying') and w.paused_at is null
          and coalesce(r.lease_until, r.retry_at) < $1::timestamptz - $2::interval""",
    "an ended run without its reason, or with a wrong one": """
        select id, status, reason from app.runs where not case status
          when 'succeeded' then reason is null and finished_at is not null and started_at is not null
          when 'skipped' then
            reason in ('paused', 'superseded', 'deleted', 'subscription', 'quota', 'budget', 'stopped')
          when 'missed' then reason = 'late' and started_at is null
          when 'failed' then reason in (
            'model', 'content', 'attempts', 'late', 'delivery', 'invalid', 'budget', 'refused')
          else reason is null and finished_at is null end""",
    "a run begun before its time": """
        select r.id, r.due_at, r.started_at from app.runs r join app.schedules s on s.id = r.schedule_id
        where r.started_at < r.due_at - s.lead_time - interval '1 minute'""",
    "content that is not exactly the succeeded runs'": """
        select r.id, r.status, count(c.id) from app.runs r left join app.contents c on c.run_id = r.id
        group by r.id
        having count(c.id) <> case r.status when 'succeeded' then r.item_count - r.items_failed else 0 end""",
    "content that no gate has passed and nobody has looked at": """
        select c.id, c.status, c.verdict from app.contents c
        where c.status not in ('needs_review', 'rejected') and (c.verdict ->> 'passed') is distinct from 'true'
          and not exists (select from app.audit_log l where l.target = c.id and l.action = 'content.approve')""",
    "a call of a model that is booked twice": """
        select r.id, a.it ->> 'id' as attempt_id from app.runs r, jsonb_array_elements(r.model_attempts) as a (it)
        group by r.id, a.it ->> 'id' having count(*) > 1 or a.it ->> 'id' is null""",
    "a run that has not cost what its calls have": """
        select r.id, r.cost, r.reserved_cost, found.cost as calls from app.runs r cross join lateral (
          select coalesce(sum((it ->> 'cost')::bigint), 0) as cost
          from jsonb_array_elements(r.model_attempts) as it) found
        where r.cost <> found.cost or (r.finished_at is null and r.cost > r.reserved_cost)""",
    "answers that are kept for a run that has ended": """
        select distinct r.id from app.runs r join app.answers a on a.run_id = r.id where r.finished_at is not null""",
    "statistics that are not the ledger's": """
        select s.id, s.total_generated, s.total_failed, s.run_count, s.last_run_at, found.*
        from app.schedules s cross join lateral (
          select
            (select count(*) from app.contents c where c.schedule_id = s.id) as generated,
            count(*) filter (where r.status = 'failed') as failed,
            count(*) filter (where r.trigger = 'schedule' and r.started_at is not null) as begun,
            max(r.finished_at) filter (where r.status = 'succeeded') as last_at
          from app.runs r where r.schedule_id = s.id) found
        where (s.total_generated, s.total_failed, s.run_count) <> (found.generated, found.failed, found.begun)
          or s.last_run_at is distinct from found.last_at""",
    "an active schedule that waits for nothing, or for what is long past": """
        select s.id, s.next_run_at from app.schedules s join app.workspaces w on w.id = s.workspace_id
        where s.is_active and s.deleted_at is null and w.paused_at is null
          and (s.next_run_at is null or s.next_run_at < $1::timestamptz - $2::interval)""",
    "money held back that no open run holds": """
        select d.workspace_id, d.day, d.reserved_cost from app.budget_days d
        where d.reserved_cost <> (
          select coalesce(sum(r.reserved_cost), 0) from app.runs r
          where r.workspace_id = d.workspace_id and r.reserved_day = d.day and r.status in ('running', 'retrying'))""",
    "an ended run that still holds money back": """
        select id from app.runs where status not in ('running', 'retrying') and reserved_cost <> 0""",
    "a day's books that are not the ledger's": """
        select d.workspace_id, d.day, d.runs, d.spent_cost, found.* from app.budget_days d cross join lateral (
          select
            coalesce(sum(r.item_count) filter (
              where r.status in ('running', 'retrying', 'succeeded') or r.cost > 0), 0) as runs,
            coalesce(sum(r.cost) filter (where r.finished_at is not null), 0) as spent
          from app.runs r where r.workspace_id = d.workspace_id and r.reserved_day = d.day) found
        where (d.runs, d.spent_cost) <> (found.runs, found.spent)""",
}


async def assert_ledger_sound(ledger: asyncpg.Connection, now: datetime) -> None:
    """Raises AssertionError with everything that is wrong."""
    problems = [f"{what}: {dict(row)}" async for what, row in _found(ledger, now)]
    problems += [problem async for problem in _gaps(ledger)]
    problems += [problem async for problem in _failure_streaks(ledger)]
    assert not problems, "\n".join(["the ledger is not sound:", *problems])


async def _found(ledger: asyncpg.Connection, now: datetime) -> AsyncIterator[tuple[str, Any]]:
    for what, query in {**WRONG, **WRONG_PUBLICATIONS}.items():
        for row in await ledger.fetch(query, *((now, PATIENCE) if "$1" in query else ())):
            yield what, row


async def _gaps(ledger: asyncpg.Connection) -> AsyncIterator[str]:
    """A schedule that was never changed has a row for each nominal occurrence before the one it waits for."""
    rows = await ledger.fetch("select app.schedule_json(s) as it from app.schedules s where revision = 1")
    for schedule in (Schedule.from_row(json.loads(row["it"])) for row in rows):
        if schedule.next_run_at is None:
            continue
        due = [
            row["due_at"].astimezone(UTC)
            for row in await ledger.fetch(
                "select due_at from app.runs where schedule_id = $1 and due_at < $2 order by due_at",
                schedule.id,
                schedule.next_run_at,
            )
        ]
        nominal = list(_nominal(schedule))
        if due != nominal:
            lost, extra = sorted(set(nominal) - set(due)), sorted(set(due) - set(nominal))
            yield f"{schedule.name}: occurrences without a row {lost}, rows without an occurrence {extra}"


def _nominal(schedule: Schedule) -> Iterable[datetime]:
    for firing in iterate_firings(schedule.rule, schedule.created_at):
        if schedule.next_run_at is None or firing.at >= schedule.next_run_at:
            return
        yield firing.at


async def _failure_streaks(ledger: asyncpg.Connection) -> AsyncIterator[str]:
    """consecutive_failures counts the failures since the last success. Two runs that end about the same time may have
    been written down in either order: `now` is read before the row is locked."""
    rows = await ledger.fetch(
        """select s.id, s.consecutive_failures as counted,
             count(r.id) filter (where r.finished_at > coalesce(last.success_at + $1, '-infinity')) as least,
             count(r.id) filter (where r.finished_at > coalesce(last.success_at - $1, '-infinity')) as most
           from app.schedules s
           left join app.runs r on r.schedule_id = s.id and r.status = 'failed'
           cross join lateral (
             select max(g.finished_at) as success_at from app.runs g
             where g.schedule_id = s.id and g.status = 'succeeded') last
           group by s.id""",
        ABOUT_THE_SAME_TIME,
    )
    for row in rows:
        if not row["least"] <= row["counted"] <= row["most"]:
            yield f"{row['id']}: {row['counted']} failures in a row counted, not {row['least']} to {row['most']}"
