"""Who goes first when not all can: within a workspace by priority, between workspaces in turns."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from dev.person import signed_in
from lib.pipeline.rescue import Interrupted, in_turns
from tests.databases import Database
from tests.pipeline.conftest import CLAUDE_ALONE, Day
from tests.stack import at, open_world


@pytest.fixture
async def one_slot(day: Day) -> AsyncIterator[None]:
    """A plan that writes one thing at a time."""
    await day.world.write("update app.plans set parallelism = 1 where plan = 'team'")
    yield
    await day.world.write("update app.plans set parallelism = 20 where plan = 'team'")


def cancel_messages(day: Day, schedule: str) -> None:
    for message in day.world.stack.qstash.pending():
        if schedule.encode() in message.body:
            day.world.stack.qstash.cancel(message)


@pytest.mark.usefixtures("one_slot")
async def test_the_less_important_gives_its_slot_away_and_comes_again(day: Day) -> None:
    high = await day.world.create(name="high", priority=9)
    low = await day.world.create(name="low", priority=1)
    cancel_messages(day, low)
    day.world.skip(to=day.at(9))
    answer = await day.world.knock(low, day.at(9))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "busy")
    assert await day.world.story(low) == []
    stored = await day.world.schedule(low)
    assert (stored["next_run_at"], stored["armed_for"]) == (day.at(9), day.at(9))
    await day.until(9, 1)
    (first,), (second,) = await day.world.runs(high), await day.world.runs(low)
    assert (first["status"], second["status"]) == ("succeeded", "succeeded")
    assert first["started_at"] < second["started_at"] == day.at(9) + timedelta(seconds=20)


async def test_nobody_gives_way_while_there_are_slots_for_all(day: Day) -> None:
    await day.world.create(name="high", priority=9)
    low = await day.world.create(name="low", priority=1)
    day.world.skip(to=day.at(9))
    assert (await day.world.knock(low, day.at(9))).json()["outcome"] == "done"


@pytest.mark.usefixtures("one_slot")
async def test_the_more_important_never_gives_way(day: Day) -> None:
    high = await day.world.create(name="high", priority=9)
    await day.world.create(name="low", priority=1)
    day.world.skip(to=day.at(9))
    assert (await day.world.knock(high, day.at(9))).json()["outcome"] == "done"


@pytest.mark.usefixtures("one_slot")
async def test_the_less_important_is_not_kept_waiting_for_ever_by_a_message_that_never_comes(day: Day) -> None:
    high = await day.world.create(name="high", priority=9)
    low = await day.world.create(name="low", priority=1)
    await day.until(8, 59)
    cancel_messages(day, high)
    await day.until(9, 6)
    assert await day.world.story(low) == ["09:00 succeeded"]
    await day.until(9, 15)
    await day.world.sweep()
    await day.until(9, 20)
    assert await day.world.story(high) == ["09:00 succeeded"]


async def test_where_the_sweep_performs_what_gave_way_comes_next_in_the_same_sweep(database: Database) -> None:
    async with open_world(database, with_crons=False, variables={"ARMING_HORIZON": "0", **CLAUDE_ALONE}) as world:
        await world.write("update app.plans set parallelism = 1 where plan = 'team'")
        low, high = [await world.create(name=f"{priority}", priority=priority) for priority in (1, 9)]
        world.skip(to=at(9))
        await world.sweep()
        (first,), (second,) = await world.runs(high), await world.runs(low)
        assert (first["status"], second["status"]) == ("succeeded", "succeeded")
        assert first["fence"] < second["fence"]


def waiting(name: str, workspace: str, priority: int) -> Interrupted:
    return Interrupted(name, 1, workspace, 1, priority)


def test_a_workspace_with_much_to_do_keeps_no_other_waiting() -> None:
    many = [waiting(f"a{number}", "a", 9) for number in range(50)]
    few = [waiting("b0", "b", 1), waiting("b1", "b", 5), waiting("c0", "c", 0)]
    names = [one.run_id for one in in_turns([*many, *few]) if isinstance(one, Interrupted)]
    assert len(names) == 53
    assert sorted(names[:3]) == ["a0", "b1", "c0"]
    assert sorted(names[3:5]) == ["a1", "b0"]
    assert names[5:] == [f"a{number}" for number in range(2, 50)]


def test_within_a_workspace_the_most_important_comes_first() -> None:
    names = [waiting(f"{priority}", "a", priority) for priority in (3, 9, 1, 7)]
    assert [one.priority for one in in_turns(names)] == [9, 7, 3, 1]


async def test_where_the_sweep_performs_a_long_queue_of_one_workspace_keeps_no_other_waiting(
    database: Database,
) -> None:
    """More than a page of the list, all of it more important, and time for four."""
    variables = {"ARMING_HORIZON": "0", "LOG_LEVEL": "ERROR", **CLAUDE_ALONE}
    async with open_world(database, with_crons=False, variables=variables) as world:
        schedule = await world.create(priority=9)
        await world.write(
            """with day as (
                 insert into app.budget_days (workspace_id, day, runs) select workspace_id, $3, 230
                 from app.schedules where id = $1)
               insert into app.runs (workspace_id, schedule_id, trigger, idempotency_key, status, revision, fence,
                 retry_at, reserved_day, created_at, priority)
               select workspace_id, id, 'manual', n::text, 'retrying', 1, nextval('app.run_fences'), $2, $3, $2, 9
               from app.schedules, generate_series(1, 230) as n where id = $1""",
            schedule, world.now - timedelta(minutes=1), world.now.date(),
        )  # fmt: skip
        async with signed_in(world.stack, "ben@example.com", "a long password") as ben:
            wish = {"name": "ben's", "contentType": "x_post", "frequency": "daily", "timeOfDay": "22:00"}
            made = (await ben.post("/api/schedule/create", **wish, timezone="UTC"))["schedule"]
            await ben.post("/api/automation/workflow", action="generate_content", scheduleId=made["id"], priority=0)
        world.skip(to=world.now + timedelta(minutes=1))
        world.stack.models.anthropic.takes = timedelta(seconds=46)
        told = await world.sweep()
        assert told["data"]["performed"] == 4
        assert [run["status"] for run in await world.runs(made["id"])] == ["succeeded"]
        await world.write(
            """with unbegun as (delete from app.runs where attempt = 0 returning workspace_id)
               update app.budget_days d set runs = d.runs - gone.runs
               from (select workspace_id, count(*) as runs from unbegun group by 1) gone
               where gone.workspace_id = d.workspace_id"""
        )
