"""A stopped workspace begins nothing; when it goes on, every occurrence that was held has a row or is performed."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dev.serving import Trouble
from tests.pipeline.conftest import Day
from tests.pipeline.press import Press
from tests.stack import World, at

MINUTE = timedelta(minutes=1)


async def stop(world: World) -> None:
    await world.person.post("/api/workspace/stop")


async def go_on(world: World, held: str, **how: Any) -> dict[str, Any]:
    return await world.person.post("/api/workspace/resume", held=held, **how)


async def begun_at(world: World, schedule: str) -> list[datetime]:
    return [row["started_at"] for row in await world.runs(schedule) if row["started_at"]]


async def test_while_it_is_stopped_nothing_is_written_and_no_sweep_begins_anything(day: Day) -> None:
    schedule = await day.world.create()
    await stop(day.world)
    calls = day.world.model_calls
    await day.until(9, 20)
    await day.world.sweep()
    await day.until(9, 40)
    assert await day.world.story(schedule) == []
    assert day.world.model_calls == calls
    await go_on(day.world, "skip")


async def test_skipped_occurrences_are_in_the_ledger_with_the_reason(day: Day) -> None:
    schedule = await day.world.create()
    await stop(day.world)
    await day.until(11, 30)
    went_on = await go_on(day.world, "skip")
    assert went_on["skipped"] == 3
    assert await day.world.story(schedule) == [f"{hour:02}:00 skipped: stopped" for hour in (9, 10, 11)]
    await day.until(12, 5)
    assert (await day.world.story(schedule))[-1] == "12:00 succeeded"


async def test_catching_up_performs_the_newest_at_once_and_writes_off_the_others(day: Day) -> None:
    schedule = await day.world.create()
    await stop(day.world)
    await day.until(11, 20)
    went_on = await go_on(day.world, "catch_up")
    assert (went_on["started"], went_on["missed"]) == (1, 2)
    await day.until(11, 21)
    assert await day.world.story(schedule) == ["09:00 missed: late", "10:00 missed: late", "11:00 succeeded"]
    await day.until(12, 5)
    assert (await day.world.story(schedule))[-1] == "12:00 succeeded"


async def test_what_is_too_late_to_catch_up_is_missed(day: Day) -> None:
    schedule = await day.world.create()
    await stop(day.world)
    await day.until(11, 40)
    assert (await go_on(day.world, "catch_up"))["started"] == 0
    await day.until(12, 5)
    assert await day.world.story(schedule) == [
        *(f"{hour:02}:00 missed: late" for hour in (9, 10, 11)),
        "12:00 succeeded",
    ]


async def test_what_is_spread_is_performed_one_after_another_also_past_the_sweep(day: Day) -> None:
    schedules = [await day.world.create(name=name, frequency="6hours") for name in ("one", "two", "three")]
    await stop(day.world)
    await day.until(9, 10)
    went_on = await go_on(day.world, "spread", spread="PT25M")
    assert went_on["started"] == 3
    for minutes in range(15, 60, 10):
        await day.until(9, minutes)
        await day.world.sweep()
    await day.until(10, 10)
    begun = sorted([(await begun_at(day.world, schedule))[0] for schedule in schedules])
    assert [at.replace(second=0, microsecond=0) for at in begun] == [day.at(9, 10), day.at(9, 35), day.at(10)]
    for schedule in schedules:
        assert await day.world.story(schedule) == ["09:00 succeeded"]


async def test_a_spread_occurrence_may_begin_after_its_usual_limit(day: Day) -> None:
    one, two = [await day.world.create(name=name) for name in ("one", "two")]
    await stop(day.world)
    await day.until(9, 20)
    await go_on(day.world, "spread", spread="PT30M")
    await day.until(9, 58)
    assert await day.world.story(one) == await day.world.story(two) == ["09:00 succeeded"]
    await day.until(10, 5)
    assert (await day.world.story(one))[-1] == (await day.world.story(two))[-1] == "10:00 succeeded"


async def test_a_stop_that_holds_nothing_changes_nothing(day: Day) -> None:
    schedule = await day.world.create()
    before = await day.world.schedule(schedule)
    await stop(day.world)
    await go_on(day.world, "skip")
    after = await day.world.schedule(schedule)
    assert (after["next_run_at"], after["armed_for"], after["revision"]) == (
        before["next_run_at"],
        before["armed_for"],
        before["revision"],
    )
    await day.until(9, 5)
    assert await day.world.story(schedule) == ["09:00 succeeded"]


async def test_a_queued_run_that_was_held_is_begun_or_ended_as_the_person_wishes(day: Day) -> None:
    schedule = await day.world.create()
    for held, end in (("catch_up", "now succeeded"), ("skip", "now skipped: stopped")):
        await day.world.person.post("/api/automation/workflow", action="generate_content", scheduleId=schedule)
        await stop(day.world)
        await day.world.until(day.world.now + MINUTE)
        assert (await day.world.person.get("/api/workspace/held"))["runs"] == 1
        await go_on(day.world, held)
        await day.world.until(day.world.now + 11 * MINUTE)  # QStash still knows the message that was held
        await day.world.sweep()
        await day.world.until(day.world.now + MINUTE)
        assert [row for row in await day.world.story(schedule) if row.startswith("now")][-1] == end


async def test_without_messages_the_sweep_performs_what_stands_after_a_stop(day: Day) -> None:
    schedule = await day.world.create()
    await stop(day.world)
    await day.until(9, 10)
    day.world.stack.qstash.faults.outage = Trouble.FAILING
    await go_on(day.world, "catch_up")
    await day.until(9, 22)
    await day.world.sweep()
    assert await day.world.story(schedule) == ["09:00 succeeded"]
    day.world.stack.qstash.faults.outage = Trouble.NONE


async def held_publications(press: Press) -> tuple[str, str, list[str], list[str]]:
    """Two accounts, and the publications that each should have had while everything stood still."""
    accounts = [await press.connect(platform) for platform in ("mastodon", "bluesky")]
    times = [press.at(9, minute) for minute in (0, 5, 10)]
    first, second = [[await press.publish(account, at=at) for at in times] for account in accounts]
    await stop(press.world)
    await press.until(9, 30)
    assert press.made(accounts[0]) == press.made(accounts[1]) == []
    assert (await press.world.person.get("/api/workspace/held"))["publications"] == 6
    return accounts[0], accounts[1], first, second


async def test_publications_that_were_held_go_out_in_their_order(press: Press) -> None:
    one, other, first, second = await held_publications(press)
    assert (await go_on(press.world, "catch_up"))["publications"] == 6
    await press.until(9, 32)
    assert await press.sent(*first) == press.ids(one)
    assert await press.sent(*second) == press.ids(other)
    assert len(press.made(one)) == len(press.made(other)) == 3


async def test_publications_of_an_account_are_spread_and_accounts_do_not_wait_for_each_other(press: Press) -> None:
    one, other, first, second = await held_publications(press)
    await go_on(press.world, "spread", spread="PT10M")
    for minutes in (30, 40, 50):
        await press.until(9, minutes + 1)
        expected = 1 + (minutes - 30) // 10
        assert (len(press.made(one)), len(press.made(other))) == (expected, expected)
        await press.world.sweep()
    assert await press.sent(*first) == press.ids(one)
    assert await press.sent(*second) == press.ids(other)


async def test_publications_that_are_skipped_never_go_out_unless_somebody_retries_them(press: Press) -> None:
    one, other, first, second = await held_publications(press)
    await go_on(press.world, "skip")
    await press.until(9, 45)
    await press.world.sweep()
    assert [await press.story(it) for it in (*first, *second)] == ["cancelled: stopped"] * 6
    assert press.made(one) == press.made(other) == []
    await press.world.person.post("/api/publication/retry", publicationId=first[0])
    await press.until(9, 46)
    assert await press.story(first[0]) == "published"
    assert len(press.made(one)) == 1


@pytest.mark.parametrize("held", ["skip", "catch_up", "spread"])
async def test_a_stop_of_weeks_loses_no_occurrence(world: World, held: str) -> None:
    """More of them than are planned in one pass."""
    schedule = await world.create()
    await stop(world)
    world.skip(to=at(8, 30, day=40))
    went_on = await go_on(world, held)
    await world.until(at(9, 5, day=40))
    rows = await world.runs(schedule)
    assert [row["due_at"] for row in rows] == [at(9) + number * timedelta(hours=1) for number in range(40 * 24 + 1)]
    assert went_on["skipped"] + went_on["missed"] + went_on["started"] == 40 * 24
    assert (await world.story(schedule))[-1] == "09:00 succeeded"
