"""A person changes a schedule at any point around a delivery: every occurrence gets one row with the right reason, and
nothing runs from an old message."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import pytest

from tests.pipeline.conftest import Day
from tests.pipeline.taps import Around


class Point(StrEnum):
    """Of the 09:00 occurrence."""

    BEFORE = "before it is due"
    CLAIMED = "when it is claimed"
    WRITING = "while the model writes"
    FINISHING = "before the content is saved"
    FINISHED = "when the content is saved, before anybody knows"
    AFTER = "after it"


async def rename(day: Day, schedule: str) -> None:
    await day.world.change("update", schedule, name="Coffee", settings={"topic": "coffee"})


async def edit(day: Day, schedule: str) -> None:
    await day.world.change("update", schedule, timeOfDay="09:20")


async def edit_there_and_back(day: Day, schedule: str) -> None:
    await edit(day, schedule)
    await day.world.change("update", schedule, timeOfDay="09:00")


async def pause(day: Day, schedule: str) -> None:
    await day.world.change("pause", schedule)


async def pause_and_resume(day: Day, schedule: str) -> None:
    await pause(day, schedule)
    await day.world.change("resume", schedule)


async def delete(day: Day, schedule: str) -> None:
    await day.world.change("delete", schedule)


async def delete_and_restore(day: Day, schedule: str) -> None:
    await delete(day, schedule)
    await day.world.change("restore", schedule)


UNDISTURBED = ["09:00 succeeded", "10:00 succeeded"]
# What the ledger tells at 10:05 of a change before the occurrence is due, and of one from its claim on.
STORIES: dict[Callable[[Day, str], Awaitable[None]], tuple[list[str], list[str]]] = {
    rename: (UNDISTURBED, UNDISTURBED),
    edit: (
        ["09:00 skipped: superseded", "09:20 succeeded"],
        ["09:00 succeeded", "09:20 succeeded", "10:00 skipped: superseded"],
    ),
    edit_there_and_back: (
        ["09:00 succeeded", "09:20 skipped: superseded", "10:00 succeeded"],
        ["09:00 succeeded", "09:20 skipped: superseded", "10:00 succeeded"],
    ),
    pause: (["09:00 skipped: paused"], ["09:00 succeeded", "10:00 skipped: paused"]),
    pause_and_resume: (UNDISTURBED, UNDISTURBED),
    delete: (["09:00 skipped: deleted"], ["09:00 succeeded", "10:00 skipped: deleted"]),
    delete_and_restore: (UNDISTURBED, UNDISTURBED),
}


@pytest.mark.parametrize("point", Point)
@pytest.mark.parametrize("change", STORIES, ids=lambda change: change.__name__)
async def test_a_change_at_any_point_leaves_one_row_for_each_occurrence(
    day: Day, change: Callable[[Day, str], Awaitable[None]], point: Point
) -> None:
    world = day.world
    schedule = await world.create(settings={"topic": "tea"})
    paid_before = world.model_calls
    await at_point(day, point, lambda: change(day, schedule))
    story = await world.story(schedule)
    assert story == STORIES[change][point is not Point.BEFORE]
    performed = sum("succeeded" in line for line in story)
    assert world.model_calls - paid_before == await world.contents(schedule) == performed

    # Old messages may still come: all that were ever sent, and under any revision.
    for hour, minute in ((9, 0), (9, 20), (10, 0)):
        assert (await world.knock(schedule, day.at(hour, minute))).json()["outcome"] in (
            "stale",
            "duplicate",
            "skipped",
        )
    assert await world.story(schedule) == story
    assert world.model_calls - paid_before == performed


@pytest.mark.parametrize("point", Point)
async def test_run_now_at_any_point_leaves_the_schedules_own_rhythm_alone(day: Day, point: Point) -> None:
    schedule = await day.world.create()
    await at_point(day, point, lambda: day.world.change("run", schedule))
    assert sorted(await day.world.story(schedule)) == [*UNDISTURBED, "now succeeded"]
    stored = await day.world.schedule(schedule)
    assert (stored["run_count"], stored["total_generated"], stored["revision"]) == (2, 3, 1)


async def at_point(day: Day, point: Point, act: Callable[[], Awaitable[Any]]) -> None:
    match point:
        case Point.BEFORE:
            await day.until(8, 50)
            await act()
        case Point.CLAIMED:
            day.database.at("/claim_run", Around.ANSWERED, act)
        case Point.WRITING:
            day.model.at("/messages", Around.ASKING, act)
        case Point.FINISHING:
            day.database.at("/finish_run", Around.ASKING, act)
        case Point.FINISHED:
            day.database.at("/finish_run", Around.ANSWERED, act)
        case Point.AFTER:
            await day.until(9, 5)
            await act()
    await day.until(10, 5)


@pytest.mark.parametrize(("point", "topic"), [(Point.BEFORE, "coffee"), (Point.CLAIMED, "tea")])
async def test_the_prompt_is_the_one_at_the_claim(day: Day, point: Point, topic: str) -> None:
    schedule = await day.world.create(settings={"topic": "tea", "language": "en"})
    await at_point(day, point, lambda: rename(day, schedule))
    bodies = await day.world.ledger.fetch(
        "select body from app.contents where schedule_id = $1 order by created_at", schedule
    )
    assert topic in bodies[0]["body"].lower()
    assert "coffee" in bodies[1]["body"].lower()
