"""A process that writes a batch may die at any point: what was paid for and kept is never paid for again."""

import json
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from lib.pipeline.perform import perform_occurrence
from tests.databases import Database
from tests.pipeline.crashes import Death, Moment, Process
from tests.stack import World, at, open_world

DUE = at(9)
COUNT = 3
MARGIN = 8  # the network splits an answer into more or fewer pieces from run to run
KEPT = "select run_id::text, item, step from app.answers"
BOOKED = "select id::text, model_attempts, attempt, status from app.runs"

type Kept = set[tuple[str, int, int]]


async def test_a_crash_at_any_await_of_a_batch_pays_no_kept_answer_again(database: Database) -> None:
    async with opened(database) as world:
        (undisturbed,) = await performed(world, [Death()])
        deaths = [Death(suspension=number + 1) for number in range(undisturbed.suspensions + MARGIN)]
        processes = await performed(world, deaths)
        assert sum(process.is_dead for process in processes) >= undisturbed.suspensions - MARGIN
        kept = await kept_answers(world)
        assert len({item for _, item, _ in kept}) == COUNT  # some died late enough
        await all_is_paid_once(world, kept, len(deaths) + 1)


async def test_a_crash_around_any_request_of_a_batch_pays_no_kept_answer_again(database: Database) -> None:
    async with opened(database) as world:
        (undisturbed,) = await performed(world, [Death()])
        assert undisturbed.requests.count("model") >= COUNT
        assert undisturbed.requests.count("record_attempt") == undisturbed.requests.count("model")
        deaths = [
            Death(request=number + 1, moment=moment) for number in range(len(undisturbed.requests)) for moment in Moment
        ]
        await performed(world, deaths)
        await all_is_paid_once(world, await kept_answers(world), len(deaths) + 1)


def opened(database: Database) -> AbstractAsyncContextManager[World]:
    start = DUE - timedelta(seconds=30)  # inside the minute by which a message may come early
    return open_world(database, start=start, variables={"LOG_LEVEL": "ERROR"})


async def performed(world: World, deaths: Sequence[Death]) -> list[Process]:
    """Each of these processes performs the 09:00 of a schedule of its own."""
    settings = {"count": COUNT, "language": "en"}
    schedules = [
        await world.create(name=f"killed {death}", settings={**settings, "topic": f"tea {number}"})
        for number, death in enumerate(deaths)
    ]
    processes = []
    for schedule, death in zip(schedules, deaths, strict=True):
        process = Process(world, death)
        await process.live(perform_occurrence(schedule, DUE, process, world.now))
        processes.append(process)
    return processes


async def kept_answers(world: World) -> Kept:
    return {(row["run_id"], row["item"], row["step"]) for row in await world.ledger.fetch(KEPT)}


async def all_is_paid_once(world: World, kept: Kept, runs: int) -> None:
    """After the redelivery: every run has all its contents, and no kept answer was asked for a second time."""
    await world.until(at(9, 25))
    rows = await world.ledger.fetch(BOOKED)
    assert len(rows) == runs
    assert {row["status"] for row in rows} == {"succeeded"}
    assert max(row["attempt"] for row in rows) <= 2
    written = await world.ledger.fetch("select run_id, count(*) as items from app.contents group by 1")
    assert {row["items"] for row in written} == {COUNT}
    calls = {row["id"]: json.loads(row["model_attempts"]) for row in rows}
    for run_id, item, step in kept:
        asked = [it for it in calls[run_id] if (it["item"], it["step"]) == (item, step)]
        assert len(asked) == 1, f"run {run_id}, item {item}, step {step} was asked for {len(asked)} times"
    booked = await world.ledger.fetchval("select sum(cost) from app.runs")
    assert booked == sum(it["cost"] for attempts in calls.values() for it in attempts)
