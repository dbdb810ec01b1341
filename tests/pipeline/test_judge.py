"""A second model's opinion is shown and decides nothing; it is paid from the same purse, once."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from dev.models.script import Failing, Fault
from lib.pipeline.perform import perform_occurrence
from tests.databases import Clones
from tests.pipeline.conftest import CLAUDE_ALONE, Day, days_in, says
from tests.pipeline.crashes import Death, Process
from tests.stack import World, open_world

JUDGE = "openai/gpt-6-luna"
OPINION = {"point": 71, "usefulness": 140, "voice": -3, "language": 90, "note": "Name one tea."}


@pytest.fixture(scope="module")
async def judged_world(clones: Clones) -> AsyncIterator[World]:
    database = await clones.take()
    async with open_world(database, with_crons=False, variables={**CLAUDE_ALONE, "JUDGE_MODEL": JUDGE}) as world:
        yield world
    await database.drop()


@pytest.fixture
async def day(judged_world: World) -> AsyncIterator[Day]:
    async for day in days_in(judged_world):
        yield day


async def written(
    day: Day, *opinions: Fault, count: int = 1
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Contents and calls of a run of which the judge said this."""
    schedule = await day.world.create(settings={"topic": "tea", "count": count})
    day.world.stack.models.openai.script.fail(*opinions)
    await day.until(9, 1)
    day.world.stack.models.openai.script.faults.clear()
    assert await day.world.story(schedule) == ["09:00 succeeded"]
    (run,) = await day.world.runs(schedule)
    return [dict(row) for row in await day.world.rows_of(schedule)], json.loads(run["model_attempts"])


async def test_its_scores_and_its_note_are_kept_with_the_content(day: Day) -> None:
    (content,), calls = await written(day, says(**OPINION))
    assert content["meta"]["judge"] == {
        "model": JUDGE,
        "scores": {"point": 71, "usefulness": 100, "voice": 0, "language": 90},
        "note": "Name one tea.",
    }
    assert content["status"] == "draft"
    assert [(it["step"], it["outcome"]) for it in calls if it["model"] == JUDGE] == [(2, "accepted")]


@pytest.mark.parametrize(
    "how", [Fault(Failing.STATUS, 500), Fault(Failing.STATUS, 401), Fault(Failing.REFUSAL), Fault(Failing.NO_JSON)]
)
async def test_whatever_it_does_wrong_changes_nothing(day: Day, how: Fault) -> None:
    contents, _ = await written(day, how, count=2)
    assert [content["status"] for content in contents] == ["draft", "draft"]
    assert sum("judge" in content["meta"] for content in contents) <= 1


async def test_a_bad_opinion_keeps_nothing_back(day: Day) -> None:
    (content,), _ = await written(day, says(point=0, usefulness=0, voice=0, language=0, note="Throw it away."))
    assert content["status"] == "draft"


async def test_it_is_not_paid_again_after_a_crash(day: Day) -> None:
    settings = {"topic": "tea", "count": 2}
    undisturbed, schedule = [await day.world.create(settings=settings) for _ in range(2)]
    day.world.skip(to=day.at(9))
    process = Process(day.world, Death())
    await process.live(perform_occurrence(undisturbed, day.at(9), process, day.world.now))
    process = Process(day.world, Death(request=process.requests.index("finish_run") + 1))
    await process.live(perform_occurrence(schedule, day.at(9), process, day.world.now))
    await day.until(9, 20)
    await day.world.sweep()
    await day.until(9, 25)
    (run,) = await day.world.runs(schedule)
    calls = [(it["item"], it["step"]) for it in json.loads(run["model_attempts"])]
    assert (run["status"], run["attempt"]) == ("succeeded", 2)
    assert len(calls) == len(set(calls))
    assert {(0, 2), (1, 2)} <= set(calls)
