"""The sweep keeps the loop alive without any message: the most important first, never a burst, and not for ever."""

from datetime import timedelta

import pytest

from dev.qstash import FREE
from lib.pipeline.rescue import MOST_TURNS, continue_later, sweep
from tests.databases import Database
from tests.pipeline.conftest import CLAUDE_ALONE, Day
from tests.pipeline.crashes import Death, Moment, Process
from tests.stack import GENERATE, SWEEP, World, at, open_world, told

LONGER_THAN_A_SWEEP_BEGINS_WORK = timedelta(seconds=46)
PURE_SWEEP = {"ARMING_HORIZON": "0", "LOG_LEVEL": "ERROR"}
LOOKS = ["sweep_work", "settle_deadlines", "redrive_dead_letters", "sweep_publications", "take_notices"]


async def test_without_messages_the_sweep_performs_a_whole_day(database: Database) -> None:
    async with open_world(database, qstash_plan=FREE, variables=PURE_SWEEP) as world:
        schedule = await world.create(frequency="3hours")
        await world.until(at(8, 55, day=1))
        assert await world.story(schedule) == [f"{(9 + 3 * n) % 24:02}:00 succeeded" for n in range(8)]
        for run in await world.runs(schedule):
            assert run["started_at"] == run["due_at"]  # the sweep of that very minute
        assert all(message.url.endswith(SWEEP) for message in world.stack.qstash.pending())
        assert world.model_calls == 8


async def test_without_messages_an_interrupted_run_is_gone_on_with(database: Database) -> None:
    async with open_world(database, variables=PURE_SWEEP) as world:
        schedule = await world.create()
        claimed = Process(world, Death(request=len(LOOKS), moment=Moment.AFTER))  # the claim is there
        await world.until(at(8, 55))
        world.skip(to=at(9))
        await claimed.live(sweep(claimed, world.now))
        assert await world.story(schedule) == ["09:00 running"]
        await world.until(at(9, 20))
        assert await world.story(schedule) == ["09:00 succeeded"]
        assert (await world.runs(schedule))[0]["attempt"] == 2


async def test_after_a_day_without_sweep_or_message_the_newest_runs_and_the_older_are_missed(day: Day) -> None:
    schedule = await day.world.create()
    paid = day.world.model_calls
    lose_all_messages(day.world)
    day.world.skip(to=day.at(24 + 9, 15))
    await day.world.sweep()
    await day.until(24 + 9, 16)
    rows = await day.world.runs(schedule)
    assert [told(row) for row in rows[-2:]] == ["08:00 missed: late", "09:00 succeeded"]
    assert {told(row)[6:] for row in rows[:-1]} == {"missed: late"}
    assert len(rows) == 25
    assert day.world.model_calls == paid + 1


async def test_after_a_day_without_sweep_or_message_even_the_newest_may_be_too_late(day: Day) -> None:
    schedule = await day.world.create(frequency="daily", timeOfDay="09:00")
    lose_all_messages(day.world)
    day.world.skip(to=day.at(24 + 16))
    await day.world.sweep()
    assert await day.world.story(schedule) == ["09:00 missed: late", "09:00 missed: late"]
    stored = await day.world.schedule(schedule)
    assert stored["next_run_at"] == stored["armed_for"] == day.at(48 + 9)


async def test_a_sweep_with_nothing_to_do_does_nothing(day: Day) -> None:
    await day.world.create()
    before = await day.world.ledger.fetch("select * from app.schedules")
    process = Process(day.world, Death())
    await process.live(sweep(process, day.world.now))
    assert process.requests == LOOKS
    assert await day.world.ledger.fetch("select * from app.schedules") == before


@pytest.mark.parametrize("is_stopped", [True, False])
async def test_stopped_workspaces_are_left_out(day: Day, is_stopped: bool) -> None:
    await day.world.create()
    lose_all_messages(day.world)
    await day.until(9, 15)
    await day.world.write("update app.workspaces set paused_at = $1", day.world.now if is_stopped else None)
    assert (await day.world.sweep())["data"]["armed"] == (0 if is_stopped else 1)
    await day.world.write("update app.workspaces set paused_at = null")


async def test_out_of_time_the_most_important_have_been_performed(database: Database) -> None:
    async with open_world(database, with_crons=False, variables=PURE_SWEEP) as world:
        for number in range(12):
            await world.create(name=f"{number}", priority=number % 10, frequency="daily", timeOfDay="09:00")
        world.skip(to=at(9))
        world.stack.models.anthropic.takes = LONGER_THAN_A_SWEEP_BEGINS_WORK
        process = Process(world, Death())
        swept = await process.live(sweep(process, world.now))
        assert swept is not None
        assert (swept.did["performed"], swept.remaining) == (4, 8)
        performed = await world.ledger.fetch(
            "select s.priority from app.runs r join app.schedules s on s.id = r.schedule_id order by r.fence"
        )
        assert sorted(row["priority"] for row in performed) == [6, 7, 8, 9]
        world.stack.models.anthropic.takes = timedelta(0)


async def test_a_sweep_out_of_time_goes_on_in_a_message_and_twenty_at_most(database: Database) -> None:
    async with open_world(database, with_crons=False, variables={**PURE_SWEEP, **CLAUDE_ALONE}) as world:
        wanted = 4 * (MOST_TURNS + 1) + 6
        for number in range(wanted):
            await world.create(name=f"{number}", frequency="daily", timeOfDay="09:00")
        world.skip(to=at(9))
        world.stack.models.anthropic.takes = LONGER_THAN_A_SWEEP_BEGINS_WORK
        assert (await world.sweep())["data"]["remaining"] == wanted - 4
        await world.until(at(11))
        written = "select count(*) from app.runs where status = 'succeeded'"
        assert await world.ledger.fetchval(written) == 4 * (MOST_TURNS + 1)
        assert world.stack.qstash.pending() == []
        world.stack.models.anthropic.takes = timedelta(0)
        assert (await world.sweep())["data"]["performed"] == 6
        assert await world.ledger.fetchval(written) == wanted


async def test_after_a_refused_message_there_is_no_continuation(day: Day) -> None:
    for _ in range(6):
        await day.world.create()
    lose_all_messages(day.world)
    await day.until(9, 11)
    day.world.stack.qstash.faults.quota_spent = True
    day.world.stack.models.anthropic.takes = LONGER_THAN_A_SWEEP_BEGINS_WORK
    process = Process(day.world, Death())
    began = day.world.now
    swept = await process.live(sweep(process, began))
    assert swept is not None
    assert swept.remaining == 2
    asked = len(process.requests)
    await process.live(continue_later(swept, 0, process, began))
    assert len(process.requests) == asked
    day.world.stack.models.anthropic.takes = timedelta(0)
    day.world.stack.qstash.faults.clear()


async def test_a_page_after_another_is_swept_to_the_end(database: Database) -> None:
    async with open_world(database, with_crons=False) as world:
        schedule = await world.create()
        await world.write(
            """insert into app.schedules (id, workspace_id, name, content_type, frequency, time_of_day, timezone,
                 anchor_at, next_run_at, late_at, priority, created_at, updated_at)
               select gen_random_uuid(), workspace_id, 'copy', content_type, frequency, time_of_day, timezone,
                 anchor_at, next_run_at, late_at, n % 10, created_at, updated_at
               from app.schedules, generate_series(1, 450) as n where id = $1""",
            schedule,
        )
        told_of = (await world.sweep())["data"]
        assert (told_of["armed"], told_of["failed"]) == (450, 0)
        assert await world.ledger.fetchval("select count(*) from app.schedules where armed_for = next_run_at") == 451
        lose_all_messages(world)
        await world.write("delete from app.schedules")


@pytest.mark.parametrize("is_late", [True, False])
async def test_a_rule_that_cannot_be_used_ends_its_schedule_and_not_the_sweep(day: Day, is_late: bool) -> None:
    broken = await day.world.create(name="broken", frequency="daily", priority=9)
    sound = await day.world.create(name="sound", frequency="daily")
    lose_all_messages(day.world)
    await day.world.write("update app.schedules set timezone = 'Nowhere/Land' where id = $1", broken)
    day.world.skip(to=day.at(16 if is_late else 9, 15))
    assert (await day.world.sweep())["data"]["failed"] == 0
    await day.until(16 if is_late else 9, 20)
    assert (await day.world.story(sound))[0] == ("09:00 missed: late" if is_late else "09:00 succeeded")
    (row,) = await day.world.runs(broken)
    assert told(row) == ("09:00 missed: late" if is_late else "09:00 failed: invalid")
    assert (await day.world.schedule(broken))["finished_at"] is not None
    await day.world.write("update app.schedules set timezone = 'UTC' where id = $1", broken)


def lose_all_messages(world: World) -> None:
    for message in world.stack.qstash.pending():
        if message.url.endswith(GENERATE):
            world.stack.qstash.cancel(message)
