"""QStash may be away, refuse, or have its quota spent: what is due is performed, and armed again on its return."""

import time
from datetime import timedelta

import pytest

from dev.models.script import Failing, Fault
from dev.qstash import FREE
from dev.serving import Trouble
from lib.pipeline.rescue import sweep
from tests.databases import Database
from tests.pipeline.conftest import Day
from tests.pipeline.crashes import Death, Process
from tests.stack import at, open_world

MORNING = [f"{hour:02}:00 succeeded" for hour in range(9, 14)]


@pytest.mark.parametrize("outage", [Trouble.CUT, Trouble.FAILING, Trouble.HANGING])
async def test_qstash_away_while_arming_costs_seconds_at_most_and_the_sweep_arms_later(
    day: Day, outage: Trouble
) -> None:
    qstash = day.world.stack.qstash
    qstash.faults.outage = outage
    began = time.monotonic()
    schedule = await day.world.create()
    assert time.monotonic() - began < 8
    assert (await day.world.schedule(schedule))["armed_for"] is None
    qstash.faults.outage = Trouble.NONE
    assert (await day.world.sweep())["data"]["armed"] == 1
    await day.until(9, 1)
    assert await day.world.story(schedule) == MORNING[:1]
    assert (await day.world.runs(schedule))[0]["started_at"] == day.at(9)


@pytest.mark.parametrize("is_quota", [True, False], ids=["quota spent", "away"])
async def test_qstash_away_for_hours_the_sweep_performs_what_is_due(day: Day, is_quota: bool) -> None:
    faults = day.world.stack.qstash.faults
    schedule = await day.world.create()
    faults.quota_spent, faults.outage = is_quota, Trouble.NONE if is_quota else Trouble.CUT
    await sweep_every_ten_minutes(day, until=(12, 30))
    for run in await day.world.runs(schedule):
        assert run["started_at"] - run["due_at"] <= timedelta(minutes=20)
    assert (await day.world.schedule(schedule))["armed_for"] is None
    faults.clear()
    assert (await day.world.sweep())["data"]["armed"] == 1
    await day.until(13, 1)
    assert await day.world.story(schedule) == MORNING
    assert (await day.world.runs(schedule))[-1]["started_at"] == day.at(13)


async def test_interrupted_runs_are_gone_on_with_though_qstash_takes_no_messages(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(*[Fault(Failing.STATUS, 529)] * 2)
    day.world.stack.qstash.faults.lose_reply_next(times=9, to="generate-scheduled")
    await day.until(9, 0)
    for message in day.world.stack.qstash.pending():
        day.world.stack.qstash.cancel(message)
    day.world.stack.qstash.faults.outage = Trouble.FAILING
    await sweep_every_ten_minutes(day, until=(9, 30))
    assert await day.world.story(schedule) == MORNING[:1]
    assert (await day.world.runs(schedule))[0]["attempt"] == 3


async def test_a_spent_quota_is_not_asked_again_for_each_message(day: Day) -> None:
    for _ in range(5):
        await day.world.create()
    await lose_everything(day)
    day.world.stack.qstash.faults.quota_spent = True
    process = Process(day.world, Death())
    swept = await process.live(sweep(process, day.world.now))
    assert swept is not None
    assert swept.did["performed"] == 5
    # One for all, and one of each performed schedule's own next occurrence.
    assert sorted(it for it in process.requests if it in ("batch", "generate-scheduled")) == [
        "batch",
        *["generate-scheduled"] * 5,
    ]


async def test_a_batch_refused_for_one_bad_item_is_sent_singly(database: Database) -> None:
    async with open_world(database, with_crons=False, qstash_plan=FREE, variables={"ARMING_HORIZON": "P30D"}) as world:
        far = await world.create(name="too far for the plan", startsAt=at(9, day=10).isoformat())
        near = [await world.create(name="near") for _ in range(3)]
        for message in world.stack.qstash.pending():
            world.stack.qstash.cancel(message)
        await world.write("update app.schedules set armed_for = null, arm_count = arm_count + 1")
        process = Process(world, Death())
        await process.live(sweep(process, world.now))
        assert process.requests.count("batch") == 1
        assert [(await world.schedule(schedule))["armed_for"] for schedule in near] == [at(9)] * 3
        assert (await world.schedule(far))["armed_for"] is None
        await world.until(at(9, 5))
        assert [await world.story(schedule) for schedule in near] == [MORNING[:1]] * 3


async def test_what_is_too_far_for_qstash_is_armed_when_it_comes_near(database: Database) -> None:
    async with open_world(database, with_crons=False, qstash_plan=FREE, variables={"ARMING_HORIZON": "P30D"}) as world:
        schedule = await world.create(startsAt=at(9, day=10).isoformat())
        assert (await world.schedule(schedule))["armed_for"] is None
        await world.until(at(9, 10, day=3))
        await world.sweep()
        assert (await world.schedule(schedule))["armed_for"] == at(9, day=10)
        await world.until(at(9, 5, day=10))
        assert await world.story(schedule) == MORNING[:1]


async def test_what_is_beyond_the_horizon_waits_for_the_sweep_that_finds_it_near(day: Day) -> None:
    schedule = await day.world.create(startsAt=day.at(24 * 10 + 9).isoformat())
    day.world.skip(to=day.at(24 * 4 + 8, 50))
    await day.world.sweep()
    assert (await day.world.schedule(schedule))["armed_for"] is None
    day.world.skip(to=day.at(24 * 4 + 9))
    await day.world.sweep()
    assert (await day.world.schedule(schedule))["armed_for"] == day.at(24 * 10 + 9)
    day.world.skip(to=day.at(24 * 10 + 8, 50))
    await day.until(24 * 10 + 9, 5)
    assert await day.world.story(schedule) == MORNING[:1]


async def sweep_every_ten_minutes(day: Day, *, until: tuple[int, int]) -> None:
    """As the host's own cron would, which needs no QStash."""
    while day.world.now < day.at(*until):
        await day.world.until(day.world.now + timedelta(minutes=10))
        await day.world.sweep()


async def lose_everything(day: Day) -> None:
    for message in day.world.stack.qstash.pending():
        day.world.stack.qstash.cancel(message)
    await day.until(9, 11)
