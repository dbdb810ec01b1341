"""The ledger as it is written: one line for each run that begins or ends, whoever owns it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

EVERY_SECONDS = 0.3
# A run that was touched longer ago than this is history.
WINDOW = timedelta(hours=1)
RECENT = """
select r.id, r.status::text, r.reason::text, r.attempt, r.cost, r.due_at, r.created_at, r.started_at, r.finished_at,
       s.name, s.timezone, s.next_run_at,
       (select coalesce(sum(c.word_count), 0) from app.contents c where c.run_id = r.id) as words
from app.runs r join app.schedules s on s.id = r.schedule_id
where r.created_at > $1 or r.status in ('running', 'retrying')
order by coalesce(r.finished_at, r.started_at, r.created_at)
"""


@dataclass(frozen=True, slots=True)
class Event:
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


async def ledger_events(dsn: str, now: Callable[[], datetime]) -> AsyncIterator[Event]:
    """Every change of a run from now on, until the caller stops asking. Skips what already stood there."""
    connection = await asyncpg.connect(dsn)
    try:
        seen = {row["id"]: _state(row) for row in await connection.fetch(RECENT, now() - WINDOW)}
        while True:
            for row in await connection.fetch(RECENT, now() - WINDOW):
                if seen.get(row["id"]) != _state(row):
                    seen[row["id"]] = _state(row)
                    yield Event(dict(row))
            await asyncio.sleep(EVERY_SECONDS)
    finally:
        await connection.close()


def _state(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["status"], row["attempt"]
