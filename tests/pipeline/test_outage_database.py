"""The database may be unreachable at any step: the message comes again, and nothing is lost, saved or paid twice."""

import asyncio
import json

import pytest

from dev.serving import Trouble
from tests.databases import Clones
from tests.pipeline.conftest import Day
from tests.pipeline.taps import Around, Tap
from tests.stack import World, at, open_world

UNDISTURBED = ["09:00 succeeded", "10:00 succeeded"]
STEPS = ("claim_run", "record_attempt", "mark_armed", "finish_run")
TRIES = 3  # of a call to the database
TRIES_TO_SAVE = 6  # when the model has been paid


@pytest.mark.parametrize("around", Around)
@pytest.mark.parametrize("step", STEPS)
async def test_a_call_that_is_lost_is_made_again_in_place(day: Day, step: str, around: Around) -> None:
    schedule = await day.world.create()
    paid = day.world.model_calls
    day.database.lose(f"/{step}", around)
    day.world.skip(to=day.at(9))
    assert (await day.world.knock(schedule, day.at(9))).json()["outcome"] == "done"
    (run,) = await day.world.runs(schedule)
    assert (run["status"], run["attempt"]) == ("succeeded", 1)
    assert day.world.model_calls == paid + 1
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED


@pytest.mark.parametrize("around", Around)
async def test_a_claim_that_cannot_be_reached_is_asked_for_again(day: Day, around: Around) -> None:
    schedule = await day.world.create()
    day.database.lose("/claim_run", around, times=TRIES)
    day.world.skip(to=day.at(9))
    answer = await day.world.knock(schedule, day.at(9))
    assert answer.status_code == 503
    assert "retry-after" not in answer.headers  # QStash's own backoff is longer than any wish of ours
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED
    # Claimed without our learning it, the lease has to end first.
    expected = {Around.ASKING: 1, Around.ANSWERED: 2}[around]
    assert (await day.world.runs(schedule))[0]["attempt"] == expected


@pytest.mark.parametrize("around", Around)
async def test_an_arming_that_cannot_be_noted_fails_no_run(day: Day, around: Around) -> None:
    schedule = await day.world.create()
    day.database.lose("/mark_armed", around, times=TRIES)
    await day.until(9, 1)
    assert await day.world.story(schedule) == UNDISTURBED[:1]
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED
    assert len(day.world.stack.qstash.dead_letters()) == 0


async def test_a_run_that_cannot_be_finished_is_not_counted_and_pays_nothing_again(clones: Clones) -> None:
    """Both at once, because the adapter waits ten real seconds for a database that has a paid content to save."""

    async def lost(around: Around) -> None:
        database = await clones.take()
        async with open_world(database) as world:
            schedule = await world.create()
            Tap(world.stack.lines.gateway).lose("/finish_run", around, times=TRIES_TO_SAVE)
            await world.until(at(9, 55))
            assert await world.story(schedule) == UNDISTURBED[:1]
            assert (await world.budget())["reserved_cost"] == 0
            assert world.model_calls == 1
        await database.drop()

    await asyncio.gather(lost(Around.ASKING), lost(Around.ANSWERED))


@pytest.mark.parametrize("around", Around)
async def test_an_answer_that_cannot_be_booked_at_once_is_booked_with_the_run(day: Day, around: Around) -> None:
    schedule = await day.world.create()
    day.database.lose("/record_attempt", around, times=TRIES)
    await day.until(9, 1)
    (run,) = await day.world.runs(schedule)
    (attempt,) = json.loads(run["model_attempts"])
    assert (run["status"], run["cost"]) == ("succeeded", attempt["cost"])


async def test_a_database_that_is_away_for_hours_loses_no_occurrence(world: World) -> None:
    schedule = await world.create()
    world.stack.lines.gateway.trouble = Trouble.FAILING
    await world.until(at(11, 35))
    assert await world.ledger.fetchval("select count(*) from app.runs") == 0
    world.stack.lines.gateway.trouble = Trouble.NONE
    await world.until(at(12, 5))
    late = ["09:00 missed: late", "10:00 missed: late", "11:00 missed: late"]
    assert await world.story(schedule) == [*late, "12:00 succeeded"]
    assert world.model_calls == 1


async def test_a_database_that_is_back_in_time_has_the_newest_performed(world: World) -> None:
    schedule = await world.create(frequency="3hours")
    world.stack.lines.gateway.trouble = Trouble.CUT
    await world.until(at(9, 45))
    world.stack.lines.gateway.trouble = Trouble.NONE
    await world.until(at(10, 25))
    assert await world.story(schedule) == UNDISTURBED[:1]
