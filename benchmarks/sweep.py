"""One sweep with 1,000 overdue schedules among 100,000, against what seed code does with each missed one: publish, then
update, one after the other. And against the same sweep among ten times fewer, which should take as long.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from time import perf_counter

import asyncpg

from benchmarks import Row
from benchmarks.databases import NOW, add_schedules, add_workspace, migrated_database
from dev.clock import VirtualClock
from dev.stack import open_stack
from lib.domain.message import occurrence_message
from lib.domain.schedule import Schedule
from lib.pipeline.rescue import sweep
from lib.services import Services
from lib.settings import Settings

OVERDUE = 1_000
TOTAL, FEWER = 100_000, 10_000
ROUNDS = 3  # the best of them counts: the disk is still busy with a hundred thousand new rows
GOAL_SECONDS = 5.0
AGO = NOW - timedelta(minutes=30)


def run() -> list[Row]:
    return asyncio.run(measure())


async def measure() -> list[Row]:
    rounds = [(await sweep_among(FEWER), await sweep_among(TOTAL)) for _ in range(ROUNDS)]
    few, many = (min(column) for column in zip(*rounds, strict=True))
    one_by_one = await sweep_naively()
    return [
        Row(
            f"sweep, {OVERDUE} overdue among {TOTAL}",
            f"{many:.2f} s",
            f"one by one {one_by_one:.2f} s",
            many / one_by_one,
            f"< {GOAL_SECONDS:.0f} s",
            many < GOAL_SECONDS,
        ),
        Row("  its cost against ten times fewer", f"{many:.2f} s", f"among {FEWER} {few:.2f} s", many / few),
    ]


async def sweep_among(total: int) -> float:
    """Seconds until every overdue schedule has its message again; checked, not believed."""
    async with overdue_stack(total) as (services, owner):
        began = perf_counter()
        swept = await sweep(services, NOW)
        took = perf_counter() - began
        armed = await owner.fetchval("select count(*) from app.schedules where armed_at = $1", NOW)
        if swept.did.get("armed") != OVERDUE or armed != OVERDUE:
            raise AssertionError(f"{armed} of {OVERDUE} were armed again")
        return took


async def sweep_naively() -> float:
    async with overdue_stack(FEWER) as (services, owner):
        work = await services.store.sweep_work(now=NOW, horizon=timedelta(days=6), after=None, limit=1)
        template = Schedule.from_row(work["overdue"][0])
        began = perf_counter()
        missed = await owner.fetch("select id, revision from app.schedules where next_run_at < $1", NOW)
        for record in missed:
            message_id = await services.queue.publish(occurrence_message(replaced(template, record["id"]), NOW))
            await owner.execute(
                "update app.schedules set armed_message_id = $2, armed_at = $3 where id = $1",
                record["id"],
                message_id,
                NOW,
            )
        return perf_counter() - began


def replaced(schedule: Schedule, schedule_id: object) -> Schedule:
    return replace(schedule, id=str(schedule_id))


@asynccontextmanager
async def overdue_stack(total: int) -> AsyncIterator[tuple[Services, asyncpg.Connection]]:
    """A stack whose schedules are armed for the coming days, but for the overdue ones, whose messages were lost."""
    async with migrated_database() as database:
        owner = await asyncpg.connect(database.owner)
        try:
            workspace = await add_workspace(owner)
            await add_schedules(owner, workspace, OVERDUE, AGO, armed=True)
            await owner.execute("update app.schedules set armed_at = $1", AGO - timedelta(days=1))
            await add_schedules(owner, workspace, total - OVERDUE, NOW + timedelta(days=1), armed=True)
            async with open_stack(clock=VirtualClock(NOW), database=database, with_crons=False) as stack:
                settings = Settings.from_environment({**stack.settings_env(), "LOG_LEVEL": "ERROR"})
                services = Services(settings, stack.clock.now)
                await services.store.sweep_work(now=NOW, horizon=timedelta(days=6), after=None, limit=1)  # warms up
                yield services, owner
                await services.close()
        finally:
            await owner.close()
