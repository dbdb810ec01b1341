"""Several contents in one run, each its own row, some at a time; one that fails takes none of the others with it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from dev.models.script import Failing, Fault
from lib.pipeline.perform import perform_occurrence
from tests.pipeline.conftest import Day, says
from tests.pipeline.crashes import Death, Process

DOWN, REFUSAL, ORDINARY = Fault(Failing.STATUS, 529), Fault(Failing.REFUSAL), Fault()


class Gauge:
    """How many requests are on this way at once, at most. Each stays long enough to be seen."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._now = 0
        self.most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0.02)
        try:
            await self._app(scope, receive, send)
        finally:
            self._now -= 1


async def batch(day: Day, count: int, *answers: Fault, at_once: int = 20, **fields: Any) -> str:
    """A schedule of so many contents whose 09:00 was begun while Claude answered so, in this order if one at a time."""
    await day.world.write("update app.plans set parallelism = $1 where plan = 'team'", at_once)
    schedule = await day.world.create(settings={"topic": "tea", "count": count, **fields})
    day.world.stack.models.anthropic.script.fail(*answers)
    await day.until(9)
    return schedule


@pytest.fixture(autouse=True)
async def usual_parallelism(day: Day) -> AsyncIterator[None]:
    yield
    await day.world.write("update app.plans set parallelism = 20 where plan = 'team'")


async def run_of(day: Day, schedule: str) -> Mapping[str, Any]:
    (run,) = await day.world.runs(schedule)
    return {**run, "model_attempts": json.loads(run["model_attempts"]), "errors": json.loads(run["errors"])}


async def items(day: Day, schedule: str) -> list[int]:
    return [row["item"] for row in await day.world.rows_of(schedule)]


def asked(run: Mapping[str, Any], step: int = 0) -> list[tuple[int, str]]:
    return [(it["item"], it["outcome"]) for it in run["model_attempts"] if it["step"] == step]


async def test_each_item_is_a_content_of_its_own_from_an_angle_of_its_own(day: Day) -> None:
    schedule = await batch(day, 7)
    rows = await day.world.rows_of(schedule)
    assert [row["item"] for row in rows] == list(range(7))
    assert len({row["angle"] for row in rows}) == 7
    assert len({row["body"] for row in rows}) == 7
    assert (await run_of(day, schedule))["items_failed"] == 0
    assert (await day.world.schedule(schedule))["total_generated"] == 7
    assert (await day.world.budget())["runs"] == 7  # places of the day's quota


@pytest.mark.parametrize(("plan", "at_once"), [(1, 1), (3, 3), (20, 5)])
async def test_as_many_at_once_as_the_plan_allows_and_five_at_most(day: Day, plan: int, at_once: int) -> None:
    line = day.world.stack.lines.models
    gauge, before = Gauge(line.app), line.app
    line.app = gauge
    schedule = await batch(day, 8, at_once=plan)
    line.app = before
    assert gauge.most == at_once
    assert await items(day, schedule) == list(range(8))


async def test_an_item_that_failed_for_now_is_tried_again_and_the_others_are_not_paid_again(day: Day) -> None:
    schedule = await batch(day, 4, ORDINARY, ORDINARY, DOWN, at_once=1)
    assert await day.world.story(schedule) == ["09:00 retrying"]
    assert await items(day, schedule) == []
    await day.until(9, 2)
    assert await items(day, schedule) == [0, 1, 2, 3]
    run = await run_of(day, schedule)
    assert run["attempt"] == 2
    drafts = [(0, "accepted"), (1, "accepted"), (2, "transient"), (2, "accepted"), (3, "accepted")]
    assert [(item, "accepted" if end == "rejected" else end) for item, end in asked(run)] == drafts


async def test_after_some_attempts_what_there_is_is_saved(day: Day) -> None:
    schedule = await batch(day, 2, ORDINARY, DOWN, DOWN, DOWN, at_once=1)
    await day.until(9, 20)
    assert await day.world.story(schedule) == ["09:00 succeeded"]
    assert await items(day, schedule) == [0]
    run = await run_of(day, schedule)
    assert (run["attempt"], run["items_failed"]) == (3, 1)
    assert {"item": 1, "code": "model_transient"}.items() <= run["errors"][-1].items()


async def test_an_item_that_is_refused_is_told_and_the_rest_is_saved(day: Day) -> None:
    schedule = await batch(day, 3, REFUSAL, at_once=1)
    assert await day.world.story(schedule) == ["09:00 succeeded"]
    assert await items(day, schedule) == [1, 2]
    run = await run_of(day, schedule)
    assert (run["attempt"], run["items_failed"]) == (1, 1)
    (error,) = run["errors"]
    assert {"item": 0, "code": "model_refused"}.items() <= error.items()


async def test_a_batch_of_which_everything_is_refused_waits_for_a_person(day: Day) -> None:
    schedule = await batch(day, 3, REFUSAL, REFUSAL, REFUSAL)
    assert await day.world.story(schedule) == ["09:00 failed: refused"]
    assert len((await run_of(day, schedule))["model_attempts"]) == 3


async def test_what_was_refused_is_not_asked_again_in_the_next_attempt(day: Day) -> None:
    schedule = await batch(day, 3, REFUSAL, DOWN, at_once=1)
    await day.until(9, 2)
    assert await items(day, schedule) == [1, 2]
    run = await run_of(day, schedule)
    assert (run["attempt"], run["items_failed"]) == (2, 1)
    assert [item for item, _ in asked(run)].count(0) == 1


async def test_when_no_model_can_be_had_the_rest_is_not_even_asked_for(day: Day) -> None:
    schedule = await batch(day, 6, DOWN, at_once=1)
    run = await run_of(day, schedule)
    assert asked(run) == [(0, "transient")]
    await day.until(9, 2)
    assert await items(day, schedule) == [0, 1, 2, 3, 4, 5]


async def test_siblings_are_compared_with_one_another(day: Day) -> None:
    one, other = f"Tea in the rain of {day.midnight}, first.", f"A kettle has no opinion, {day.midnight:%A %d}."
    schedule = await batch(day, 2, says(text=one), says(text=one), says(text=other), at_once=1)
    assert [row["body"] for row in await day.world.rows_of(schedule)] == [one, other]
    run = await run_of(day, schedule)
    assert asked(run) == [(0, "accepted"), (1, "rejected")]
    assert asked(run, step=1) == [(1, "accepted")]


async def test_a_process_that_dies_before_it_saves_leaves_nothing_to_be_paid_again(day: Day) -> None:
    settings = {"topic": "tea", "count": 5}
    undisturbed, schedule = [await day.world.create(settings=settings) for _ in range(2)]
    day.world.skip(to=day.at(9))
    process = Process(day.world, Death())
    await process.live(perform_occurrence(undisturbed, day.at(9), process, day.world.now))
    process = Process(day.world, Death(request=process.requests.index("finish_run") + 1))
    await process.live(perform_occurrence(schedule, day.at(9), process, day.world.now))
    assert process.is_dead
    paid = len(process.requests)
    await day.until(9, 20)
    await day.world.sweep()
    await day.until(9, 25)
    assert await items(day, schedule) == [0, 1, 2, 3, 4]
    run = await run_of(day, schedule)
    assert run["attempt"] == 2
    assert len(run["model_attempts"]) == process.requests[:paid].count("model")
    assert await day.world.ledger.fetchval("select count(*) from app.answers") == 0


async def test_a_later_attempt_asks_the_same_though_much_was_written_meanwhile(day: Day) -> None:
    """The prompt names what was written last; what was paid for is the answer to it all the same."""
    schedule = await batch(day, 2, ORDINARY, DOWN, at_once=1)
    for _ in range(3):
        await day.world.change("run", schedule, count=1)
    paid = len((await day.world.runs(schedule))[0]["model_attempts"])
    assert paid
    await day.until(9, 5)
    run = next(run for run in await day.world.runs(schedule) if run["due_at"])
    told = [(it["item"], it["step"], it["outcome"]) for it in json.loads(run["model_attempts"])]
    assert [it for it in told if it[:2] == (0, 0)] in ([(0, 0, "accepted")], [(0, 0, "rejected")])


async def test_run_now_writes_as_many_as_it_is_told_and_in_the_quality_it_is_told(day: Day) -> None:
    schedule = await day.world.create()
    ran = await day.world.change("run", schedule, count=3, quality="premium")
    assert [it["status"] for it in ran["run"]["contents"]] == ["draft"] * 3
    run = await run_of(day, schedule)
    assert (run["item_count"], run["quality"]) == (3, "premium")
    assert {it["model"] for it in run["model_attempts"]} == {"anthropic/claude-opus-5-5"}


async def test_run_now_saves_what_there_is_for_a_person_is_waiting(day: Day) -> None:
    schedule = await batch(day, 1)
    day.world.stack.models.anthropic.script.fail(REFUSAL, DOWN)
    ran = await day.world.change("run", schedule, count=4)
    assert ran["run"]["status"] == "succeeded"
    assert 2 <= len(ran["run"]["contents"]) <= 3
