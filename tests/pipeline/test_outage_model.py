"""All models may be away, slow, or answer nonsense: the run is tried again or given up in time; the chain goes on."""

from datetime import timedelta

import pytest

from dev.models.script import Failing, Fault
from dev.serving import Trouble
from tests.pipeline.conftest import Day
from tests.pipeline.taps import Around
from tests.stack import World, at

DOWN = Fault(Failing.STATUS, 529)


async def test_models_away_for_hours_fail_what_was_due_and_the_chain_goes_on(world: World) -> None:
    schedule = await world.create()
    world.trouble_models(Trouble.FAILING)
    await world.until(at(12, 10))
    world.trouble_models(Trouble.NONE)
    stored = await world.schedule(schedule)
    assert (stored["total_failed"], stored["consecutive_failures"]) == (3, 3)
    await world.until(at(13, 5))
    story = await world.story(schedule)
    assert [line[:12] for line in story[:3]] == ["09:00 failed", "10:00 failed", "11:00 failed"]
    assert story[3:] == ["12:00 succeeded", "13:00 succeeded"]
    assert (await world.schedule(schedule))["consecutive_failures"] == 0
    for run in (await world.runs(schedule))[:3]:
        assert run["reason"] in ("model", "late")
        assert run["finished_at"] < run["late_at"] + timedelta(minutes=11)
        assert 1 < run["attempt"] <= 12
        assert run["cost"] == 0
    assert (await world.budget())["runs"] == 2  # what cost nothing gave its place back


async def test_models_back_in_time_write_what_was_due(world: World) -> None:
    schedule = await world.create(frequency="3hours")
    world.fail_models(*[DOWN] * 5)
    await world.until(at(9, 50))
    assert await world.story(schedule) == ["09:00 succeeded"]
    (run,) = await world.runs(schedule)
    assert run["attempt"] == 6
    assert run["errors"].count('"model_transient"') == 5
    (letter,) = world.stack.qstash.dead_letters()  # QStash tries four times; the sweep asked for the rest
    assert schedule.encode() in letter.message.body


async def test_the_wish_of_an_overloaded_model_is_respected(day: Day) -> None:
    await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(Failing.STATUS, 429, retry_after=timedelta(minutes=4)))
    await day.until(9, 10)
    assert [call.at for call in day.world.stack.models.anthropic.script.calls[-2:]] == [day.at(9), day.at(9, 4)]


async def test_a_wish_beyond_the_runs_time_gives_it_up_at_once(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(Failing.STATUS, 429, retry_after=timedelta(hours=1)))
    day.world.skip(to=day.at(9, 20))
    # Asked to wait longer than the run has: 15 minutes are the longest wait, and even that is too long.
    assert (await day.world.knock(schedule, day.at(9))).json() | {"runId": ""} == {
        "outcome": "failed",
        "runId": "",
        "reason": "model",
    }


@pytest.mark.parametrize("how", [Failing.WRONG_SHAPE, Failing.NO_JSON, Failing.CUT_SHORT, Failing.EMPTY, Failing.HALF])
async def test_an_answer_of_no_use_is_paid_and_asked_for_again_but_not_for_ever(day: Day, how: Failing) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(*[Fault(how)] * 3)
    await day.until(9, 55)
    (run,) = await day.world.runs(schedule)
    assert (run["status"], run["reason"], run["attempt"]) == ("failed", "content", 3)
    assert run["cost"] > 0
    await day.until(10, 5)
    assert await day.world.story(schedule) == ["09:00 failed: content", "10:00 succeeded"]


async def test_an_answer_that_is_lost_on_its_way_is_counted_at_its_ceiling(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(Failing.DROP))
    await day.until(9, 10)
    (run,) = await day.world.runs(schedule)
    assert (run["status"], run["attempt"]) == ("succeeded", 2)
    ordinary = await day.world.ledger.fetchval("select min(cost) from app.runs where status = 'succeeded'")
    assert run["cost"] > ordinary


async def test_a_model_slower_than_the_lease_loses_the_run_to_the_next_attempt(day: Day) -> None:
    """It answers after seven minutes; at six another delivery has taken over and written."""
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(Fault(slow=timedelta(minutes=7)))

    async def take_over() -> None:
        day.world.skip(to=day.at(9, 6, 1))
        assert (await day.world.knock(schedule, day.at(9))).json()["outcome"] == "done"

    day.database.at("/finish_run", Around.ASKING, take_over)
    day.world.skip(to=day.at(9))
    answer = await day.world.knock(schedule, day.at(9))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "duplicate")
    await day.until(10, 5)
    assert await day.world.story(schedule) == ["09:00 succeeded", "10:00 succeeded"]
    assert await day.world.contents(schedule) == 2
