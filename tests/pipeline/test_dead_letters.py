"""QStash gives a message up: a hint, settled by what the ledger says. All of it comes over QStash's own wire."""

from datetime import timedelta

from dev.models.script import Failing, Fault
from dev.serving import Trouble
from tests.pipeline.conftest import Day
from tests.stack import World, at

DOWN = Fault(Failing.STATUS, 529)


async def letters(world: World, schedule: str) -> list[str]:
    rows = await world.ledger.fetch(
        "select outcome from app.dead_letters where schedule_id = $1 order by created_at", schedule
    )
    return [row["outcome"] for row in rows]


def in_letter(day: Day, schedule: str) -> bool:
    return any(schedule.encode() in letter.message.body for letter in day.world.stack.qstash.dead_letters())


async def test_an_occurrence_that_never_began_waits_for_the_sweep_while_there_is_time(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.line.trouble = Trouble.FAILING
    await day.until(9, 3)
    day.world.stack.line.trouble = Trouble.NONE
    await day.until(9, 10)
    assert in_letter(day, schedule)
    await day.world.sweep()
    await day.until(9, 21)
    await day.world.sweep()
    await day.until(9, 25)
    assert await day.world.story(schedule) == ["09:00 succeeded"]


async def test_a_run_that_kept_failing_waits_for_the_sweep_while_there_is_time(day: Day) -> None:
    schedule = await day.world.create(frequency="3hours")
    day.world.stack.models.anthropic.script.fail(*[DOWN] * 4)
    await day.until(9, 10)
    assert in_letter(day, schedule)
    assert await letters(day.world, schedule) == ["waiting"]
    assert await day.world.story(schedule) == ["09:00 retrying"]
    await day.world.sweep()
    await day.until(9, 15)
    assert await day.world.story(schedule) == ["09:00 succeeded"]


async def test_what_has_no_time_left_has_failed_and_the_chain_goes_on(day: Day) -> None:
    schedule = await day.world.create(latenessLimit="PT2M")
    day.world.stack.line.trouble = Trouble.FAILING
    await day.until(9, 3)
    day.world.stack.line.trouble = Trouble.NONE
    await until_letter(day, schedule, letter="failed")
    assert await day.world.story(schedule) == ["09:00 failed: delivery"]
    stored = await day.world.schedule(schedule)
    assert (stored["total_failed"], stored["next_run_at"], stored["armed_for"]) == (1, day.at(10), day.at(10))
    await day.until(10, 5)
    assert await day.world.story(schedule) == ["09:00 failed: delivery", "10:00 succeeded"]


async def test_what_had_ended_all_the_same_stays_as_it_is(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.qstash.faults.lose_reply_next(times=4, to="generate-scheduled")
    await until_letter(day, schedule, letter="closed")
    assert await day.world.story(schedule) == ["09:00 succeeded"]
    assert (await day.world.schedule(schedule))["total_failed"] == 0


async def test_what_was_cancelled_meanwhile_is_closed(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.line.trouble = Trouble.FAILING
    await day.until(9, 1)
    day.world.stack.line.trouble = Trouble.NONE
    await day.world.change("pause", schedule)  # takes the message back: nothing is given up
    await day.until(9, 30)
    assert not in_letter(day, schedule)
    assert await day.world.story(schedule) == ["09:00 skipped: paused"]


async def test_without_the_callback_the_sweep_comes_to_the_same_end(world: World) -> None:
    schedule = await world.create(latenessLimit="PT2M")
    world.stack.line.trouble = Trouble.FAILING
    await world.until(at(9, 15))
    world.stack.line.trouble = Trouble.NONE
    await world.until(at(10, 5))
    assert await world.story(schedule) == ["09:00 missed: late", "10:00 succeeded"]


async def until_letter(day: Day, schedule: str, *, letter: str) -> None:
    """Until the failure callback has been heard. QStash has tried four times by 09:02:20."""
    await day.until(9, 2)
    for _ in range(30):
        if await letters(day.world, schedule):
            break
        await day.world.until(day.world.now + timedelta(seconds=20))
    assert await letters(day.world, schedule) == [letter]
