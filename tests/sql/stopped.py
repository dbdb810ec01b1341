"""Stopped workspaces, as the tests of the SQL functions know them."""

from datetime import datetime, timedelta

from tests.sql.callers import Person, Row
from tests.sql.world import HOUR, MINUTE, NOW, World, at

AGAIN = NOW + 3 * HOUR  # the schedules are hourly, from NOW on
NEXT = NOW + 4 * HOUR
SPREAD = timedelta(minutes=10)


async def stop(person: Person, now: datetime = NOW - MINUTE) -> Row:
    return await person.call("stop_workspace", workspace_id=None, now=now)


async def resume(
    person: Person, *schedules: Row, how: str = "skip", now: datetime = AGAIN, spread: timedelta = SPREAD
) -> Row:
    return await person.call(
        "resume_workspace", workspace_id=None, how=how, schedules=list(schedules), spread=spread, now=now
    )


async def held(person: Person, now: datetime = AGAIN) -> Row:
    return await person.call("list_held", workspace_id=None, now=now)


def skipped(schedule: Row, *due: datetime, next_run_at: datetime | None = NEXT, **changed: object) -> Row:
    """What becomes of one schedule: these due times are skipped."""
    return {
        "schedule_id": schedule["id"], "due_at": schedule["next_run_at"], "revision": schedule["revision"],
        "skipped": [it.isoformat() for it in due], "missed": [],
        "next_run_at": next_run_at and next_run_at.isoformat(),
        "late_at": next_run_at and (next_run_at + HOUR / 2).isoformat(), **changed,
    }  # fmt: skip


ALL = [NOW + n * HOUR for n in range(4)]


async def stopped(world: World) -> tuple[Person, Row]:
    """A workspace that was stopped before its schedule's time, which has passed four times since."""
    ada = await world.person()
    schedule = await world.schedule(ada)
    assert (await stop(ada))["outcome"] == "stopped"
    return ada, schedule


async def go_on(person: Person, how: str = "skip", now: datetime = AGAIN) -> Row:
    """Whatever schedules are due, their occurrences are skipped."""
    due = (await held(person, now))["schedules"]
    return await resume(person, *(skipped(it, at(it["next_run_at"]), next_run_at=now + HOUR) for it in due), how=how)
