"""A schedule does not repeat itself: each run knows what was written before, and takes another side of its topic."""

import json
from typing import Any

import pytest

from tests.pipeline.conftest import Day, says
from tests.pipeline.taps import Around


def last_prompt(day: Day) -> str:
    (turn,) = day.world.stack.models.anthropic.script.calls[-1].request["messages"]
    content: Any = turn["content"]
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


async def test_every_run_takes_another_angle_and_is_told_what_was_written_last(day: Day) -> None:
    schedule = await day.world.create(settings={"topic": "tea", "language": "en"})
    await day.until(16, 5)
    rows = await day.world.rows_of(schedule)
    assert len(rows) == 8
    assert len({row["angle"] for row in rows}) == 8
    prompt = last_prompt(day)
    for row in rows[:-1]:
        assert row["body"][:40] in prompt


async def test_a_thread_is_compared_with_posts_for_readers_see_both(day: Day) -> None:
    words = f"The kettle sings on day {day.midnight:%j}, and nobody writes the song down."
    first = await day.world.create(name="posts")
    day.world.stack.models.anthropic.script.fail(says(text=words))
    await day.world.change("run", first)
    second = await day.world.create(name="threads", contentType="x_thread")
    day.world.stack.models.anthropic.script.fail(*[says(segments=[words[:30], words[30:]])] * 2)
    await day.world.change("run", second)
    (content,) = await day.world.rows_of(second)
    assert {it["gate"] for it in content["verdict"]["objections"]} == {"duplicate"}


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ("/messages", "The kettle is filled {} before anybody is awake, and the cups are counted twice."),
        ("/finish_run", "Our oldest customer comes {} on Tuesdays, orders nothing and leaves a drawing of the street."),
    ],
)
async def test_of_two_that_write_the_same_at_the_same_time_one_waits_for_a_person(
    day: Day, point: str, words: str
) -> None:
    first, second = await day.world.create(name="first"), await day.world.create(name="second")
    day.world.stack.models.anthropic.script.fail(says(text=words.format("early")), says(text=words.format("late")))
    tap = day.model if point == "/messages" else day.database
    tap.at(point, Around.ASKING, lambda: day.world.change("run", second))
    await day.world.change("run", first)
    (one,), (other,) = await day.world.rows_of(first), await day.world.rows_of(second)
    assert other["status"] == "draft"
    assert (one["status"], {it["gate"] for it in one["verdict"]["objections"]}) == ("needs_review", {"duplicate"})
    assert one["verdict"]["likeness"]["content_id"] == str(other["id"])


async def test_an_owners_own_prompt_is_told_an_angle_only_if_it_asks_for_one(day: Day) -> None:
    with_angle, without = [
        await day.world.create(settings={"promptType": "custom", "customPrompt": prompt})
        for prompt in ("Write about tea. {angle}", "Write about coffee, {weekday}.")
    ]
    await day.world.change("run", with_angle)
    await day.world.change("run", without)
    assert f"coffee, {day.midnight:%A}" in last_prompt(day)
    assert (await day.world.rows_of(with_angle))[0]["angle"]
    assert (await day.world.rows_of(without))[0]["angle"] is None
