"""A process may die at any point of catching up with what was missed: nothing is lost, nothing runs twice."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from lib.pipeline.perform import perform_occurrence
from tests.databases import Database
from tests.pipeline.crashes import Death, Moment, Process
from tests.stack import GENERATE, World, at, open_world

CAUGHT_UP = "09:00 missed, 10:00 missed, 11:00 missed, 12:00 succeeded, 13:00 succeeded"


@pytest.mark.parametrize("is_redelivered", [True, False], ids=["redelivered", "lost"])
async def test_a_crash_around_any_request_of_catching_up_loses_and_repeats_nothing(
    database: Database, is_redelivered: bool
) -> None:
    async with open_world(database, variables={"LOG_LEVEL": "ERROR"}) as world:
        deaths = [Death(), *(Death(request=number, moment=moment) for number in range(1, 11) for moment in Moment)]
        schedules = [await world.create(name=f"killed {death}") for death in deaths]
        asleep(world)
        processes = await delivered(world, schedules, deaths)
        assert {"claim_run", "record_missed", "model", "finish_run"} <= set(processes[0].requests)
        assert len(processes[0].requests) < 11
        if not is_redelivered:
            world.stack.qstash.faults.drop_next(times=len(deaths), to=GENERATE)
        await world.until(at(13, 25))
        rows = await world.ledger.fetch("""
            select s.name, string_agg(to_char(r.due_at at time zone 'UTC', 'HH24:MI ') || r.status, ', '
              order by r.due_at) as story
            from app.schedules s left join app.runs r on r.schedule_id = s.id group by s.id""")
        wrong = [f"{row['name']}: {row['story']}" for row in rows if row["story"] != CAUGHT_UP]
        assert not wrong, "\n".join(wrong)


def asleep(world: World) -> None:
    """The morning passes without anything happening; the sweep's call is lost, too."""
    world.skip(to=at(12, 10))
    world.stack.qstash.faults.drop_next(to="check-schedules")


async def delivered(world: World, schedules: Sequence[str], deaths: Sequence[Death]) -> list[Process]:
    processes = []
    for schedule, death in zip(schedules, deaths, strict=True):
        process = Process(world, death)
        await process.live(perform_occurrence(schedule, at(9), process, world.now))
        processes.append(process)
    return processes


async def test_more_missed_than_one_pass_takes_are_recorded_pass_by_pass_though_each_dies(database: Database) -> None:
    async with open_world(database, with_crons=False, variables={"LOG_LEVEL": "ERROR"}) as world:
        schedule = await world.create()
        world.skip(to=at(9, 35) + timedelta(hours=1200))
        for number in range(1, 7):
            process = Process(world, Death(request=number, moment=Moment.AFTER))
            await process.live(perform_occurrence(schedule, at(9), process, world.now))
        for _ in range(2):
            await world.until(world.now + timedelta(minutes=11))
            await world.sweep()
        await world.until(world.now + timedelta(minutes=1))
        rows = await world.runs(schedule)
        assert [row["status"] for row in rows] == ["missed"] * 1201
        assert (await world.schedule(schedule))["next_run_at"] == at(10) + timedelta(hours=1200)
