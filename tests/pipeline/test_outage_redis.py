"""Redis may vanish: that costs speed, never a run."""

import asyncio

import pytest

from dev.serving import Trouble
from tests.databases import Database
from tests.pipeline.conftest import Day
from tests.pipeline.taps import Around
from tests.stack import at, open_world

UNDISTURBED = ["09:00 succeeded", "10:00 succeeded"]


async def test_all_of_redis_lost_in_mid_run_changes_nothing(day: Day) -> None:
    schedule = await day.world.create()
    paid = day.world.model_calls

    async def lose_redis() -> None:
        day.world.stack.redis.flush()
        day.world.stack.lines.redis.trouble = Trouble.CUT
        await day.world.sweep()

    day.model.at("/messages", Around.ASKING, lose_redis)
    await day.until(10, 5)
    assert await day.world.story(schedule) == UNDISTURBED
    assert day.world.model_calls == paid + 2


@pytest.mark.parametrize("horizon", ["P6D", "0"])
async def test_two_sweeps_at_once_do_no_harm(database: Database, horizon: str) -> None:
    async with open_world(database, with_crons=False, variables={"ARMING_HORIZON": horizon}) as world:
        schedules = [await world.create() for _ in range(6)]
        for message in world.stack.qstash.pending():
            world.stack.qstash.cancel(message)
        world.skip(to=at(9, 11))
        world.stack.lines.redis.trouble = Trouble.CUT
        await asyncio.gather(*(world.sweep() for _ in range(4)))
        await world.until(at(9, 20))
        assert [await world.story(schedule) for schedule in schedules] == [UNDISTURBED[:1]] * 6
        assert world.model_calls == 6
        pending = [message for message in world.stack.qstash.pending() if b"scheduleId" in message.body]
        assert len(pending) == (6 if horizon != "0" else 0)


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.FAILING])
async def test_a_morning_without_redis_is_like_any_other(database: Database, trouble: Trouble) -> None:
    async with open_world(database) as world:
        world.stack.lines.redis.trouble = trouble
        schedule = await world.create()
        world.stack.qstash.faults.drop_next(to="generate-scheduled")
        await world.until(at(10, 5))
        assert await world.story(schedule) == UNDISTURBED
