"""The ledger as it is written: one line for each run that begins or ends, and for what becomes of each publication,
whoever owns it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

EVERY_SECONDS = 0.3
# A run that was touched longer ago than this is history.
WINDOW = timedelta(hours=1)
# So many publications pass through these within moments that they would only be noise.
QUIET = ("publishing",)
RECENT = """
select r.id, r.status::text, r.reason::text, r.attempt, r.cost, r.due_at, r.created_at, r.started_at, r.finished_at,
       s.name, s.timezone, s.next_run_at,
       (select coalesce(sum(c.word_count), 0) from app.contents c where c.run_id = r.id) as words
from app.runs r join app.schedules s on s.id = r.schedule_id
where r.created_at > $1 or r.status in ('running', 'retrying')
order by coalesce(r.finished_at, r.started_at, r.created_at)
"""
RECENT_PUBLICATIONS = """
select p.id, p.status::text, p.reason::text, p.attempt, p.publish_at, p.published_at, p.retry_at, p.read_at, p.url,
       a.platform::text, a.name as account, s.name, s.timezone
from app.publications p join app.accounts a on a.id = p.account_id join app.schedules s on s.id = p.schedule_id
where greatest(p.created_at, p.published_at, p.finished_at) > $1 or p.status = 'unknown'
order by coalesce(p.finished_at, p.publish_at), p.id
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run as it stands now."""

    row: Mapping[str, Any]

    def __str__(self) -> str:
        row = self.row
        zone = ZoneInfo(row["timezone"])
        at: datetime = row["finished_at"] or row["started_at"] or row["created_at"]
        state = f"{row['status']}: {row['reason']}" if row["reason"] else row["status"]
        told = [f"{at.astimezone(zone):%H:%M:%S}", f"{row['name']:<24}", f"{state:<22}"]
        told.append(f"due {row['due_at'].astimezone(zone):%H:%M:%S}" if row["due_at"] else "run now")
        if row["attempt"] > 1:
            told.append(f"attempt {row['attempt']}")
        if row["words"]:
            told.append(f"{row['words']} words, ${row['cost'] / 1_000_000:.4f}")
        if row["finished_at"] and row["next_run_at"]:
            told.append(f"next {row['next_run_at'].astimezone(zone):%d %b %H:%M:%S}")
        return "  ".join(told)


@dataclass(frozen=True, slots=True)
class Published:
    """A publication as it stands now."""

    row: Mapping[str, Any]

    def __str__(self) -> str:
        row = self.row
        zone = ZoneInfo(row["timezone"])
        at: datetime = row["published_at"] or row["publish_at"]
        state = f"{row['status']}: {row['reason']}" if row["reason"] else row["status"]
        told = [f"{at.astimezone(zone):%H:%M:%S}", f"{row['name']:<24}", f"{state:<22}"]
        told.append(f"{row['platform']} {row['account']}")
        told += [f"{what} {row[when].astimezone(zone):%H:%M:%S}" for what, when in AGAIN.items() if row[when]]
        if row["url"]:
            told.append(row["url"])
        return "  ".join(told)


type Event = Ran | Published

AGAIN = {"again": "retry_at", "looked for": "read_at"}
FOLLOWED: Sequence[tuple[str, Callable[[Mapping[str, Any]], Event]]] = (
    (RECENT, Ran),
    (RECENT_PUBLICATIONS, Published),
)


async def ledger_events(dsn: str, now: Callable[[], datetime]) -> AsyncIterator[Event]:
    """Every change of a run or publication from now on, until the caller stops asking; not what stood there already."""
    connection = await asyncpg.connect(dsn)
    try:
        seen = {event.row["id"]: _state(event.row) for event in await _recent(connection, now())}
        while True:
            for event in await _recent(connection, now()):
                if seen.get(event.row["id"]) != _state(event.row):
                    seen[event.row["id"]] = _state(event.row)
                    yield event
            await asyncio.sleep(EVERY_SECONDS)
    finally:
        await connection.close()


async def _recent(connection: asyncpg.Connection, now: datetime) -> list[Event]:
    events = [make(dict(row)) for query, make in FOLLOWED for row in await connection.fetch(query, now - WINDOW)]
    return [event for event in events if event.row["status"] not in QUIET]


def _state(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["status"], row["attempt"]
