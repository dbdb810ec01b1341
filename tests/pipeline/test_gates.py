"""There is no way to a content round the gates: not by cron, message, "run now", batch or the queue."""

import json
from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Any

import pytest

from dev.models.script import Fault
from lib.pipeline.perform import perform_occurrence
from tests.databases import Clones
from tests.pipeline.conftest import CLAUDE_ALONE, Day, days_in, says
from tests.pipeline.crashes import Death, Process
from tests.stack import World, open_world

SAID_BEFORE = "Water just off the boil, three minutes, no more: green tea forgives nothing else."
OBJECTED: Mapping[str, Mapping[str, Any]] = {
    "never_say": {"text": "This tea is a game changer for tired people.", "settings": {"neverSay": ["game changer"]}},
    "language": {
        "text": "A short walk before tea does more for the afternoon than another cup of coffee would.",
        "settings": {"language": "ko"},
    },
    "duplicate": {"text": SAID_BEFORE, "settings": {}},
    "limits": {"text": "word " * 60, "settings": {}},
    "leftovers": {"text": "Tea is best shared with [Your name] at noon.", "settings": {}},
    "links": {"text": "More about tea at https://tea.example.org/leaves today.", "settings": {}},
}


class Path(StrEnum):
    """What has something written."""

    MESSAGE = "message"
    SWEEP = "sweep"
    RUN_NOW = "run_now"
    BATCH = "batch"
    GENERATE_CONTENT = "generate_content"


@pytest.fixture(scope="module")
async def bare_world(clones: Clones) -> AsyncIterator[World]:
    database = await clones.take()
    async with open_world(database, with_crons=False, variables=CLAUDE_ALONE) as world:
        yield world
    await database.drop()


@pytest.fixture
async def day(bare_world: World) -> AsyncIterator[Day]:
    async for day in days_in(bare_world):
        yield day


async def written_by(path: Path, day: Day, answer: Fault, settings: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The contents of a schedule to which Claude has no other answer than this."""
    world = day.world
    if path is Path.BATCH:
        settings = {**settings, "count": 3}
    schedule = await world.create(settings={"topic": "tea", **settings})
    world.stack.models.anthropic.script.fail(*[answer] * 6)
    match path:
        case Path.MESSAGE | Path.BATCH:
            await day.until(9, 1)
        case Path.SWEEP:
            world.skip(to=day.at(9, 15))
            for message in world.stack.qstash.pending():
                world.stack.qstash.cancel(message)
            await world.sweep()
            await day.until(9, 16)
        case Path.RUN_NOW:
            await world.change("run", schedule)
        case Path.GENERATE_CONTENT:
            wish = {"action": "generate_content", "scheduleId": schedule, "count": 2}
            await world.person.post("/api/automation/workflow", **wish)
            await day.until(8, 35)
    world.stack.models.anthropic.script.faults.clear()
    return [dict(row) for row in await world.rows_of(schedule)]


@pytest.mark.parametrize("gate", OBJECTED)
@pytest.mark.parametrize("path", Path)
async def test_what_a_gate_objects_to_is_rewritten_once_and_then_waits_for_a_person(
    day: Day, path: Path, gate: str
) -> None:
    if gate == "duplicate":
        await said_before(day)
    case = OBJECTED[gate]
    paid = day.world.model_calls
    contents = await written_by(path, day, says(text=case["text"]), case["settings"])
    assert len(contents) == {Path.BATCH: 3, Path.GENERATE_CONTENT: 2}.get(path, 1)
    assert {content["status"] for content in contents} == {"needs_review"}
    assert all(gate in gates_of(content) for content in contents)
    assert day.world.model_calls - paid == 2 * len(contents)


async def said_before(day: Day) -> None:
    """By another schedule of the workspace."""
    other = await day.world.create(name="other")
    day.world.stack.models.anthropic.script.fail(*[says(text=SAID_BEFORE)] * 2)
    await day.world.change("run", other)
    day.world.stack.models.anthropic.script.faults.clear()
    await day.world.change("delete", other)


def gates_of(content: Mapping[str, Any]) -> set[str]:
    return {objection["gate"] for objection in content["verdict"]["objections"]}


async def test_a_duplicate_is_told_with_the_evidence(day: Day) -> None:
    await said_before(day)
    content, *_ = await written_by(Path.RUN_NOW, day, says(text=SAID_BEFORE), {})
    likeness = content["verdict"]["likeness"]
    assert likeness["percent"] == 100
    found = await day.world.ledger.fetchval("select body from app.contents where id = $1::uuid", likeness["content_id"])
    assert found == SAID_BEFORE
    objection = next(it for it in content["verdict"]["objections"] if it["gate"] == "duplicate")
    assert "100 % like the post of" in objection["message"]


async def test_the_rewrite_is_told_what_may_not_be_said(day: Day) -> None:
    case = OBJECTED["never_say"]
    await written_by(Path.RUN_NOW, day, says(text=case["text"]), case["settings"])
    said = json.dumps(day.world.stack.models.anthropic.script.calls[-1].request["messages"][-1])
    assert "game changer" in said


@pytest.mark.parametrize(
    ("change", "gate"), [("the author forbids it", "never_say"), ("somebody else says it", "duplicate")]
)
async def test_a_kept_answer_is_examined_by_what_holds_when_it_is_used(day: Day, change: str, gate: str) -> None:
    """It was paid for, then the process died; by the time another goes on it may not be said any more."""
    world, script = day.world, day.world.stack.models.anthropic.script
    words = f"A kettle that whistles is a clock for people who like {change.split()[-2]} more than numbers."
    undisturbed, schedule = [await world.create(name=name) for name in ("undisturbed", "it")]
    world.skip(to=day.at(9))
    process = Process(world, Death())
    await process.live(perform_occurrence(undisturbed, day.at(9), process, world.now))
    script.fail(*[says(text=words)] * 9)
    process = Process(world, Death(request=process.requests.index("finish_run") + 1))
    await process.live(perform_occurrence(schedule, day.at(9), process, world.now))
    assert process.is_dead
    if change == "the author forbids it":
        await world.change("update", schedule, settings={"topic": "tea", "neverSay": ["kettle"]})
    else:
        await world.change("run", undisturbed)
    await world.change("delete", undisturbed)
    await day.until(9, 20)
    await world.sweep()
    await day.until(9, 25)
    script.faults.clear()
    (content,) = await world.rows_of(schedule)
    assert content["body"] == words
    assert (content["status"], gates_of(content)) == ("needs_review", {gate})
