"""A process that performs an occurrence may die at any point: the occurrence is performed all the same, and once."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from enum import StrEnum

import pytest

from lib.pipeline.perform import perform_occurrence
from tests.databases import Database
from tests.pipeline.crashes import Death, Moment, Process
from tests.stack import GENERATE, World, at, open_world

DUE = at(9)
MARGIN = 8  # the network splits an answer into more or fewer pieces from run to run


class Rescue(StrEnum):
    """Who comes after the crash."""

    REDELIVERY = "redelivery"  # QStash's own message, retried
    SWEEP = "sweep"  # the message is lost for ever
    SWEEP_ALONE = "sweep_alone"  # there are no messages at all: horizon 0


@pytest.mark.parametrize("rescue", Rescue)
async def test_a_crash_at_any_await_leaves_an_occurrence_that_is_performed_once(
    database: Database, rescue: Rescue
) -> None:
    async with opened(database, rescue) as world:
        undisturbed = await performed(world, [Death()])
        deaths = [Death(suspension=number + 1) for number in range(undisturbed[0].suspensions + MARGIN)]
        processes = await performed(world, deaths)
        assert all(process.is_dead for process in processes[: -2 * MARGIN])
        assert not processes[-1].is_dead
        await all_is_well(world, deaths, rescue)


@pytest.mark.parametrize("rescue", Rescue)
async def test_a_crash_around_any_request_leaves_an_occurrence_that_is_performed_once(
    database: Database, rescue: Rescue
) -> None:
    async with opened(database, rescue) as world:
        (undisturbed,) = await performed(world, [Death()])
        deaths = [
            Death(request=number + 1, moment=moment) for number in range(len(undisturbed.requests)) for moment in Moment
        ]
        processes = await performed(world, deaths)
        assert all(process.is_dead for process in processes)
        paid_before, died_at = world.model_calls, world.now
        # Rarely any: an answer is kept and its run finished side by side. Those of batches wait (test_crash_batch.py).
        kept = await world.ledger.fetchval("select count(*) from app.answers")
        await all_is_well(world, deaths, rescue)
        saved_later = await world.ledger.fetchval("select count(*) from app.contents where created_at > $1", died_at)
        assert world.model_calls - paid_before == saved_later - kept, "what was kept before the crash is not paid again"


def opened(database: Database, rescue: Rescue) -> AbstractAsyncContextManager[World]:
    horizon = "0" if rescue is Rescue.SWEEP_ALONE else "P6D"
    start = DUE - timedelta(seconds=30)  # inside the minute by which a message may come early
    return open_world(database, start=start, variables={"ARMING_HORIZON": horizon, "LOG_LEVEL": "ERROR"})


async def performed(world: World, deaths: Sequence[Death]) -> list[Process]:
    """Each of these processes performs the 09:00 of a schedule of its own."""
    schedules = [await world.create(name=f"killed {death}") for death in deaths]
    processes = []
    for schedule, death in zip(schedules, deaths, strict=True):
        process = Process(world, death)
        await process.live(perform_occurrence(schedule, DUE, process, world.now))
        processes.append(process)
    return processes


async def all_is_well(world: World, deaths: Sequence[Death], rescue: Rescue) -> None:
    """After the rescue: 09:00 and 10:00 were performed, each once."""
    if rescue is Rescue.SWEEP:
        world.stack.qstash.faults.drop_next(times=len(deaths) + 1, to=GENERATE)
    await world.until(at(10, 25))
    rows = await world.ledger.fetch("""
        select s.name, string_agg(to_char(r.due_at at time zone 'UTC', 'HH24:MI ') || r.status, ', ' order by r.due_at)
          as story, max(r.attempt) as attempts
        from app.schedules s left join app.runs r on r.schedule_id = s.id group by s.id""")
    assert len(rows) == len(deaths) + 1
    wrong = [f"{row['name']}: {row['story']}" for row in rows if row["story"] != "09:00 succeeded, 10:00 succeeded"]
    wrong += [f"{row['name']}: {row['attempts']} attempts" for row in rows if row["attempts"] > 2]
    assert not wrong, "\n".join(wrong)
