"""While one vendor is down another writes, within the same attempt, deadline and money; a refusal goes to a person."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import Response

from dev.models.script import Failing, Fault
from dev.serving import Trouble
from tests.databases import Clones
from tests.pipeline.conftest import Day, days_in
from tests.stack import World, open_world

CLAUDE, GEMINI, GPT = "anthropic/claude-sonnet-5-5", "gemini/gemini-3.8-flash", "openai/gpt-6.1-terra"
DOWN = Fault(Failing.STATUS, 529)


@pytest.fixture(scope="module")
async def wide_world(clones: Clones) -> AsyncIterator[World]:
    """All three vendors, and no Redis that would remember the tests before."""
    database = await clones.take()
    without_redis = {"UPSTASH_REDIS_REST_URL": "", "UPSTASH_REDIS_REST_TOKEN": ""}
    async with open_world(database, with_crons=False, variables=without_redis) as world:
        yield world
    await database.drop()


@pytest.fixture
async def day(wide_world: World) -> AsyncIterator[Day]:
    async for day in days_in(wide_world):
        wide_world.stack.app.state.services.__dict__.pop("breakers", None)  # as in a fresh process
        yield day


async def attempts(world: World, schedule: str) -> list[Mapping[str, Any]]:
    (run,) = await world.runs(schedule)
    told: list[Mapping[str, Any]] = json.loads(run["model_attempts"])
    return told


def asked(attempts: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(it["model"], it["outcome"]) for it in attempts]


async def test_while_the_primary_is_down_another_writes_in_the_same_attempt(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(DOWN)
    await day.until(9, 1)
    (run,) = await day.world.runs(schedule)
    assert (run["status"], run["attempt"]) == ("succeeded", 1)
    assert asked(await attempts(day.world, schedule)) == [(CLAUDE, "transient"), (GEMINI, "accepted")]
    (content,) = await day.world.rows_of(schedule)
    assert content["meta"]["model"] == GEMINI


async def test_a_slow_primary_leaves_time_for_another_before_the_one_deadline(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(slow=timedelta(minutes=3)))
    day.world.skip(to=day.at(9))
    line = day.world.stack.lines.models
    line.trouble = Trouble.FAILING
    await day.world.knock(schedule, day.at(9))
    line.trouble = Trouble.NONE
    (run,) = await day.world.runs(schedule)
    assert run["finished_at"] < day.at(9, 4)
    assert (run["status"], run["attempt"]) == ("succeeded", 1)


async def test_what_was_spent_in_vain_comes_out_of_the_same_purse(day: Day) -> None:
    """Claude's answer is lost on its way and counts at its ceiling; what is left is still enough for Gemini."""
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(Failing.DROP))
    await day.until(9, 1)
    (run,) = await day.world.runs(schedule)
    lost, written = await attempts(day.world, schedule)
    assert lost["estimated"]
    assert run["cost"] == lost["cost"] + written["cost"] <= run["worst_cost"]


async def test_a_vendor_that_needs_an_operator_is_stepped_over_and_alerted_about(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(Failing.STATUS, 401))
    await day.until(9, 1)
    assert asked(await attempts(day.world, schedule)) == [(CLAUDE, "configuration"), (GEMINI, "accepted")]
    alert = await day.world.ledger.fetchrow("select * from app.alerts where kind = 'model_misconfigured'")
    assert alert is not None
    assert (alert["subject"], alert["workspace_id"]) == (CLAUDE, None)


async def test_a_refusal_goes_to_a_person_and_not_round_the_models(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(Failing.REFUSAL))
    await day.until(9, 40)
    assert await day.world.story(schedule) == ["09:00 failed: refused"]
    assert asked(await attempts(day.world, schedule)) == [(CLAUDE, "refused")]


async def test_what_one_model_cannot_take_the_next_one_may(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(Failing.STATUS, 413))
    await day.until(9, 1)
    assert asked(await attempts(day.world, schedule)) == [(CLAUDE, "request"), (GEMINI, "accepted")]


async def test_nonsense_of_one_model_is_asked_of_the_next(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(Failing.WRONG_SHAPE))
    day.world.stack.models.gemini.script.fail(Fault(Failing.CUT_SHORT))
    await day.until(9, 1)
    told = asked(await attempts(day.world, schedule))
    assert told == [(CLAUDE, "unusable"), (GEMINI, "unusable"), (GPT, "accepted")]


async def test_the_schedules_own_choice_of_models_is_asked_first(day: Day) -> None:
    schedule = await day.world.create(settings={"models": [GPT]})
    day.world.stack.models.openai.script.fail(DOWN)
    await day.until(9, 1)
    assert asked(await attempts(day.world, schedule)) == [(GPT, "transient"), (CLAUDE, "accepted")]


async def test_premium_asks_the_best_models(day: Day) -> None:
    schedule = await day.world.create(settings={"quality": "premium"})
    day.world.stack.models.anthropic.script.fail(DOWN)
    await day.until(9, 1)
    assert asked(await attempts(day.world, schedule)) == [
        ("anthropic/claude-opus-5-5", "transient"),
        ("openai/gpt-6.1-sol", "accepted"),
    ]


async def test_a_year_with_one_vendor_down_is_a_year_of_the_others(day: Day) -> None:
    """A day stands for it: nothing fails, nothing is late, and the vendor that is down is hardly asked."""
    schedule = await day.world.create()
    day.world.stack.lines.models.trouble = Trouble.FAILING
    before = day.world.model_calls
    await day.until(21, 5)
    day.world.stack.lines.models.trouble = Trouble.NONE
    assert {line[6:] for line in await day.world.story(schedule)} == {"succeeded"}
    assert day.world.model_calls - before == 13


@pytest.mark.parametrize(("finish", "outcome"), [("STOP", "accepted"), ("WHY\0\ud83d", "unusable")])
async def test_whatever_a_vendor_calls_things_the_call_is_booked_and_the_run_ends(
    day: Day, finish: str, outcome: str
) -> None:
    schedule, line = await day.world.create(settings={"models": [GEMINI]}), day.world.stack.lines.gemini
    said = {
        "candidates": [{"finishReason": finish, "content": {"parts": [{"text": '{"text": "Good tea takes time."}'}]}}],
        "usageMetadata": {"promptTokenCount": 900, "candidatesTokenCount": 40},
        "responseId": "no\0 database \ud83d keeps this",
    }
    usual, line.app = line.app, Response(json.dumps(said))
    await day.until(9, 1)
    line.app = usual
    (run,) = await day.world.runs(schedule)
    assert (run["status"], run["attempt"]) == ("succeeded", 1)
    told = await attempts(day.world, schedule)
    assert asked(told)[0] == (GEMINI, outcome)
    assert run["cost"] == sum(it["cost"] for it in told)


async def test_when_every_model_answers_nonsense_the_error_can_be_kept(day: Day) -> None:
    schedule, lines = await day.world.create(), day.world.stack.lines
    said = {
        "candidates": [{"finishReason": "WHY\0\ud83d"}],
        "usageMetadata": {"promptTokenCount": 900, "candidatesTokenCount": 40},
    }
    day.world.stack.models.anthropic.script.fail(*[Fault(Failing.STATUS, 413)] * 3)
    usual, lines.gemini.app = lines.gemini.app, Response(json.dumps(said))
    day.world.stack.models.openai.script.fail(*[Fault(Failing.STATUS, 413)] * 3)
    await day.until(9, 40)
    lines.gemini.app = usual
    for model in (day.world.stack.models.anthropic, day.world.stack.models.openai):
        model.script.faults.clear()
    assert await day.world.story(schedule) == ["09:00 failed: content"]
    (run,) = await day.world.runs(schedule)
    assert "stopped early" in run["errors"]
