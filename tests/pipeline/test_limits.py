"""What a workspace may: its subscription, its quota, its budget, and its stop. Every occurrence gets its row."""

import asyncio
from datetime import datetime

import pytest

from dev.models.script import Failing, Fault
from lib.domain.budget import settings_bytes
from lib.domain.schedule import ContentType
from lib.domain.writing_settings import Quality
from lib.pipeline.reserve import models_for, worst_of
from tests.databases import Database
from tests.pipeline.conftest import Day
from tests.stack import World, at, open_world, told


def worst_cost(world: World) -> int:
    """Of one post with the settings that `create` gives."""
    services = world.stack.app.state.services
    worst = worst_of(ContentType.X_POST, models_for(Quality.STANDARD, services), services, world.now)
    return worst.of_run(settings_bytes({}), 1)


async def subscribe(world: World, status: str, period_end: datetime | None, plan: str = "team") -> None:
    """What the billing system tells."""
    workspace_id = await world.ledger.fetchval("select id from app.workspaces")
    await world.stack.app.state.services.store.set_subscription(
        workspace_id=str(workspace_id), plan=plan, status=status, period_end=period_end, now=world.now
    )


async def test_a_lapsed_subscription_leaves_its_rows_and_arms_nothing(world: World) -> None:
    schedule = await world.create()
    await subscribe(world, "canceled", period_end=at(8, 45))
    await world.until(at(11, 25))
    assert await world.story(schedule) == [f"{hour:02}:00 skipped: subscription" for hour in (9, 10, 11)]
    stored = await world.schedule(schedule)
    assert (stored["next_run_at"], stored["armed_for"]) == (at(12), None)
    assert world.model_calls == 0
    assert await world.budget() == {"runs": 0, "reserved_cost": 0, "spent_cost": 0}
    assert not [message for message in world.stack.qstash.pending() if schedule.encode() in message.body]

    await subscribe(world, "active", period_end=None)
    await world.until(at(11, 30))  # one sweep
    assert (await world.schedule(schedule))["armed_for"] == at(12)
    await world.until(at(12, 1))
    assert (await world.story(schedule))[-1] == "12:00 succeeded"


async def test_what_is_paid_is_performed_until_its_last_moment(day: Day) -> None:
    schedule = await day.world.create()
    await subscribe(day.world, "canceled", period_end=day.at(9, 0, 1))
    await day.until(10, 5)
    await subscribe(day.world, "active", period_end=None)
    assert await day.world.story(schedule) == ["09:00 succeeded", "10:00 skipped: subscription"]


async def test_a_run_that_began_in_time_is_finished_though_the_subscription_lapses_meanwhile(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(Failing.STATUS, 529))
    await subscribe(day.world, "past_due", period_end=day.at(9, 0, 10))
    await day.until(9, 5)
    await subscribe(day.world, "active", period_end=None)
    assert await day.world.story(schedule) == ["09:00 succeeded"]
    assert (await day.world.runs(schedule))[0]["attempt"] == 2


async def test_the_days_quota_is_kept_by_the_ledger_and_is_fresh_the_next_day(database: Database) -> None:
    async with open_world(database, start=at(21, 30), plan="free") as world:
        await world.write("update app.plans set runs_a_day = 2 where plan = 'free'")
        schedule = await world.create()
        await world.until(at(25, 5))
        assert await world.story(schedule) == [
            "22:00 succeeded",
            "23:00 succeeded",
            "00:00 succeeded",
            "01:00 succeeded",
        ]
        await world.until(at(26, 5))
        assert (await world.story(schedule))[-1] == "02:00 skipped: quota"
        assert world.model_calls == 4


async def test_a_run_that_cost_nothing_gives_its_place_in_the_quota_back(database: Database) -> None:
    async with open_world(database, plan="free") as world:
        await world.write("update app.plans set runs_a_day = 1 where plan = 'free'")
        schedule = await world.create()
        world.fail_models(Fault(Failing.STATUS, 400))
        await world.until(at(11, 5))
        assert await world.story(schedule) == ["09:00 failed: model", "10:00 succeeded", "11:00 skipped: quota"]


async def test_the_budget_is_never_overrun_however_many_begin_at_once(database: Database) -> None:
    async with open_world(database, variables={"LOG_LEVEL": "ERROR"}) as world:
        worst = worst_cost(world)
        await world.write("update app.plans set daily_cost = $1 where plan = 'team'", 3 * worst + worst // 2)
        schedules = [await world.create() for _ in range(8)]
        world.skip(to=at(9))
        for message in world.stack.qstash.pending():
            world.stack.qstash.cancel(message)
        budgets = []

        async def watch() -> None:
            for _ in range(30):
                budget = await world.budget()
                budgets.append(budget["reserved_cost"] + budget["spent_cost"])
                await asyncio.sleep(0.01)

        for line in world.stack.lines.of_models():
            line.latency = at(9, 0, 1) - at(9)
        await asyncio.gather(watch(), *(world.knock(schedule, at(9)) for schedule in schedules))
        assert 0 < max(budgets) <= 3 * worst + worst // 2
        outcomes = sorted([(await world.story(schedule))[0] for schedule in schedules])
        assert outcomes == ["09:00 skipped: budget"] * 5 + ["09:00 succeeded"] * 3
        budget = await world.budget()
        assert (budget["reserved_cost"], budget["runs"]) == (0, 3)
        assert budget["spent_cost"] == await world.ledger.fetchval("select sum(cost) from app.runs")


async def test_a_spent_budget_is_told_in_the_ledger_and_the_chain_goes_on(day: Day) -> None:
    schedule = await day.world.create()
    await day.world.write("update app.plans set daily_cost = 1 where plan = 'team'")
    await day.until(9, 5)
    await day.world.write("update app.plans set daily_cost = 100000000 where plan = 'team'")
    await day.until(10, 5)
    assert await day.world.story(schedule) == ["09:00 skipped: budget", "10:00 succeeded"]


@pytest.mark.parametrize("minutes", [15, 55])
async def test_what_a_stopped_workspace_holds_is_not_lost(world: World, minutes: int) -> None:
    schedule = await world.create()
    await world.write("update app.workspaces set paused_at = $1", world.now)
    await world.until(at(9, minutes))
    assert await world.story(schedule) == []
    await world.write("update app.workspaces set paused_at = null")
    await world.until(at(10, 25))
    held = {15: "09:00 succeeded", 55: "09:00 missed: late"}[minutes]
    assert await world.story(schedule) == [held, "10:00 succeeded"]


async def test_a_run_that_a_stop_interrupted_is_gone_on_with_afterwards(world: World) -> None:
    schedule = await world.create(frequency="3hours")
    world.fail_models(Fault(Failing.STATUS, 529))

    await world.until(at(9))
    await world.write("update app.workspaces set paused_at = $1", world.now)
    await world.until(at(9, 40))
    assert await world.story(schedule) == ["09:00 retrying"]
    await world.write("update app.workspaces set paused_at = null")
    await world.until(at(9, 55))
    assert await world.story(schedule) == ["09:00 succeeded"]


async def test_a_workspace_stopped_for_a_day_runs_no_burst_afterwards(day: Day) -> None:
    schedule = await day.world.create()
    paid = day.world.model_calls
    await day.world.write("update app.workspaces set paused_at = $1", day.world.now)
    await day.until(24 + 9, 10)
    await day.world.write("update app.workspaces set paused_at = null")
    await day.world.sweep()
    await day.until(24 + 9, 20)
    rows = [told(row) for row in await day.world.runs(schedule)]
    assert rows[-2:] == ["08:00 missed: late", "09:00 succeeded"]
    assert len(rows) == 25
    assert day.world.model_calls == paid + 1
