"""What is spent never passes what a person or a plan allows, whatever the models do; it goes on when the day turns."""

import json
from datetime import timedelta

import pytest

from dev.models.script import Failing, Fault
from lib.domain.budget import settings_bytes
from lib.domain.schedule import ContentType
from lib.domain.writing_settings import Quality
from lib.pipeline.reserve import models_for, worst_of
from tests.databases import Database
from tests.pipeline.conftest import Day
from tests.stack import World, at, open_world

QUIET = {"LOG_LEVEL": "ERROR"}


def worst_cost(world: World, count: int = 1) -> int:
    """Of a run of posts without settings."""
    services = world.stack.app.state.services
    worst = worst_of(ContentType.X_POST, models_for(Quality.STANDARD, services), services, world.now)
    return worst.of_run(settings_bytes({}), count)


async def spent(world: World) -> int:
    return int(await world.ledger.fetchval("select coalesce(sum(cost), 0) from app.runs"))


@pytest.mark.parametrize("how", [Failing.WRONG_SHAPE, Failing.DROP, Failing.CUT_SHORT])
async def test_models_that_return_garbage_for_an_hour_cost_at_most_the_cap(database: Database, how: Failing) -> None:
    async with open_world(database, variables=QUIET) as world:
        cap = worst_cost(world) * 5 // 2
        await world.write("update app.workspaces set daily_cost_cap = $1", cap)
        schedules = [await world.create(name=f"{number}", frequency="hourly") for number in range(6)]
        world.fail_models(*[Fault(how)] * 2_000)
        await world.until(at(9, 59))
        assert 0 < await spent(world) <= cap
        budget = await world.budget()
        assert budget["spent_cost"] + budget["reserved_cost"] <= cap
        stories = [line for schedule in schedules for line in await world.story(schedule)]
        assert "09:00 skipped: budget" in stories
        assert {line.partition(": ")[2] for line in stories} <= {"budget", "content", "model", "late"}


async def test_what_works_and_writes_too_much_is_stopped_as_well(day: Day) -> None:
    """A cap of the schedule's own, in the middle of a day of successes."""
    cap = worst_cost(day.world) + 5_000
    schedule = await day.world.create(dailyCostCapMicroUsd=cap)
    await day.until(15, 5)
    story = await day.world.story(schedule)
    assert story[0] == "09:00 succeeded"
    assert story[-1] == "15:00 skipped: budget"
    run = (await day.world.runs(schedule))[-1]
    (error,) = json.loads(run["errors"])
    assert {"code": "cap", "cap": "schedule_day", "limit": cap}.items() <= error.items()
    alert = await day.world.ledger.fetchrow("select * from app.alerts where schedule_id = $1::uuid", schedule)
    assert alert is not None
    assert alert["kind"] == "budget_tripped"
    await day.until(24 + 9, 5)
    midnight = next(line for line in (await day.world.story(schedule))[7:] if line.startswith("00:00"))
    assert midnight == "00:00 succeeded"


async def test_a_purse_that_is_empty_ends_the_run(day: Day) -> None:
    """Each answer is lost on its way and counts at its ceiling, until a third attempt would pass the cap."""
    cap = worst_cost(day.world) * 3 // 2
    schedule = await day.world.create(dailyCostCapMicroUsd=cap)
    day.world.stack.models.anthropic.script.fail(*[Fault(Failing.DROP)] * 20)
    await day.until(9, 50)
    assert await day.world.story(schedule) == ["09:00 failed: budget"]
    (run,) = await day.world.runs(schedule)
    assert 0 < run["cost"] <= cap


async def test_a_batch_whose_money_runs_out_saves_what_it_could_pay_for(day: Day) -> None:
    schedule = await day.world.create(settings={"count": 3})
    await day.world.write("update app.plans set parallelism = 1 where plan = 'team'")
    day.world.stack.models.anthropic.script.fail(Fault())  # the first is written, then every answer is lost
    day.world.stack.models.anthropic.script.fail(*[Fault(Failing.DROP)] * 40)
    await day.world.write("update app.schedules set daily_cost_cap = $2 where id = $1", schedule, await batch_cap(day))
    await day.until(9, 55)
    await day.world.write("update app.plans set parallelism = 20 where plan = 'team'")
    (run,) = await day.world.runs(schedule)
    assert run["cost"] <= await batch_cap(day)
    assert (run["status"], run["reason"]) in (("succeeded", None), ("failed", "budget"))


async def batch_cap(day: Day) -> int:
    return worst_cost(day.world, 3) * 5 // 4


async def test_a_batch_reserves_for_all_its_items_before_anything_is_spent(day: Day) -> None:
    schedule = await day.world.create(settings={"count": 4})
    day.world.stack.models.anthropic.script.fail(Fault(slow=timedelta(seconds=2)))
    await day.until(9)
    (run,) = await day.world.runs(schedule)
    size = settings_bytes({"count": 4})
    services = day.world.stack.app.state.services
    worst = worst_of(ContentType.X_POST, models_for(Quality.STANDARD, services), services, day.world.now)
    assert worst.of_run(2, 4) <= run["worst_cost"] <= worst.of_run(size, 4)
    assert run["cost"] < run["worst_cost"] / 4
