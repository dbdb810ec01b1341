"""A schedule ends exactly when it was told to, and its last occurrence is performed like any other."""

import pytest

from dev.models.script import Failing, Fault
from lib.pipeline.perform import perform_occurrence
from tests.pipeline.conftest import Day
from tests.pipeline.crashes import Death, Moment, Process
from tests.stack import World, at

ENDED = (None, None, False)


async def end_of(world: World, schedule: str) -> tuple[object, ...]:
    stored = await world.schedule(schedule)
    assert stored["finished_at"] is not None
    return stored["next_run_at"], stored["armed_for"], stored["is_active"]


@pytest.mark.parametrize("runs", [1, 2, 3])
async def test_max_runs_are_exactly_so_many(day: Day, runs: int) -> None:
    schedule = await day.world.create(maxRuns=runs)
    await day.until(13, 5)
    assert await day.world.story(schedule) == [f"{9 + n:02}:00 succeeded" for n in range(runs)]
    assert await end_of(day.world, schedule) == ENDED
    assert not day.world.stack.qstash.pending()


@pytest.mark.parametrize(("minute", "last"), [(59, 10), (0, 11)])
async def test_ends_at_is_the_last_moment_that_counts(day: Day, minute: int, last: int) -> None:
    ends_at = day.at(10, 59) if minute else day.at(11)
    schedule = await day.world.create(endsAt=ends_at.isoformat())
    await day.until(13, 5)
    assert await day.world.story(schedule) == [f"{hour:02}:00 succeeded" for hour in range(9, last + 1)]
    assert await end_of(day.world, schedule) == ENDED


async def test_a_failed_run_counts_and_a_skipped_or_missed_one_does_not(world: World) -> None:
    schedule = await world.create(maxRuns=2)
    world.stack.models.anthropic.script.fail(Fault(Failing.REFUSAL))
    await world.until(at(9, 5))
    await world.write("update app.plans set runs_a_day = 0 where plan = 'team'")
    await world.until(at(10, 5))
    await world.write("update app.plans set runs_a_day = 5000 where plan = 'team'")
    world.skip(to=at(11, 45))
    await world.until(at(13, 5))
    assert await world.story(schedule) == [
        "09:00 failed: refused",
        "10:00 skipped: quota",
        "11:00 missed: late",
        "12:00 succeeded",
    ]
    assert await end_of(world, schedule) == ENDED


async def test_run_now_counts_for_no_end_and_moves_nothing(day: Day) -> None:
    schedule = await day.world.create(maxRuns=1)
    before = await day.world.schedule(schedule)
    await day.world.change("run", schedule)
    after = await day.world.schedule(schedule)
    for column in ("next_run_at", "armed_for", "armed_message_id", "revision", "run_count"):
        assert after[column] == before[column]
    assert (after["total_generated"], after["last_run_at"]) == (1, day.world.now)
    await day.until(10, 5)
    assert await day.world.story(schedule) == ["now succeeded", "09:00 succeeded"]


async def test_the_last_occurrence_is_gone_on_with_though_its_schedule_has_ended(day: Day) -> None:
    schedule = await day.world.create(maxRuns=1)
    day.world.skip(to=day.at(9))
    process = Process(day.world, Death(request=2, moment=Moment.AFTER))
    await process.live(perform_occurrence(schedule, day.at(9), process, day.world.now))
    assert await end_of(day.world, schedule) == ENDED
    assert await day.world.story(schedule) == ["09:00 running"]
    await day.until(9, 10)
    assert await day.world.story(schedule) == ["09:00 succeeded"]


async def test_an_end_that_comes_while_it_is_paused_leaves_nothing_to_resume(day: Day) -> None:
    schedule = await day.world.create(endsAt=day.at(10, 30).isoformat())
    await day.until(9, 5)
    await day.world.change("pause", schedule)
    await day.until(10, 45)
    with pytest.raises(Exception, match=r"409.*finished"):
        await day.world.change("resume", schedule)
    await day.world.change("delete", schedule)
    assert await day.world.story(schedule) == ["09:00 succeeded", "10:00 skipped: paused"]
