"""From model to model, at the wire: one deadline, one purse, and whatever the vendors answer."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from dev.clock import VirtualClock
from dev.models.script import Failing, Fault
from dev.serving import Line, Trouble
from dev.stack import open_stack
from lib.adapters.models import WritingAnswer, WritingRequest
from lib.domain.pricing import Price, price_of
from lib.domain.writing_settings import Quality
from lib.errors import LimitReached, LostClaim, ModelFailed, ModelFault
from lib.pipeline.route import ask
from tests.pipeline.desk import CLAUDE, DOWN, GEMINI, GPT, Desk
from tests.pipeline.taps import Around, Tap


async def test_the_most_wanted_model_answers_and_nobody_else_is_asked(desk: Desk) -> None:
    work = desk.work(limit=1_000_000)
    answer = await desk.ask(work, item=3, step=1)
    assert answer.model == CLAUDE
    assert desk.calls() == (1, 0, 0)
    [attempt] = work.attempts
    assert attempt.items() >= {"item": 3, "step": 1, "model": CLAUDE, "outcome": "accepted"}.items()
    assert attempt["cost"] == answer.cost > 0
    assert work.purse.left == 1_000_000 - answer.cost


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.FAILING])
async def test_the_first_vendor_down_the_next_one_writes(desk: Desk, trouble: Trouble) -> None:
    desk.stack.lines.models.trouble = trouble
    assert (await desk.ask()).model == GEMINI
    assert desk.outcomes() == [(CLAUDE, "transient"), (GEMINI, "accepted")]


@dataclass(frozen=True)
class Hanging:
    """A model that is given up each time, after all the time it was given."""

    clock: VirtualClock
    model: str = CLAUDE

    def price_at(self, at: datetime) -> Price:
        return price_of("claude-sonnet-5-5", at)

    async def write(self, request: WritingRequest, *, within: timedelta) -> WritingAnswer:
        self.clock.advance(by=within)
        raise ModelFailed(ModelFault.TRANSIENT, f"{self.model}: no answer within {within}")


@pytest.mark.parametrize("seconds", [240, 60, 20])
async def test_the_first_vendor_hanging_leaves_time_for_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    models = {GEMINI: desk.services.models[GEMINI], CLAUDE: Hanging(desk.clock)}
    monkeypatch.setitem(desk.services.__dict__, "models", models)
    work = desk.work(seconds=seconds, order=(CLAUDE, GEMINI))
    assert (await desk.ask(work)).model == GEMINI
    assert work.attempts[0]["latency_ms"] > seconds * 500  # a slow one is not given up early, either


async def test_the_last_model_gets_all_the_time_there_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(desk.services.__dict__, "models", {CLAUDE: Hanging(desk.clock)})
    work = desk.work(seconds=240, order=(CLAUDE,))
    with pytest.raises(ModelFailed):
        await desk.ask(work)
    assert work.time_left == timedelta(0)


async def test_two_vendors_down_the_third_writes(desk: Desk) -> None:
    desk.claude.script.fail(DOWN)
    desk.gemini.script.fail(DOWN)
    assert (await desk.ask()).model == GPT
    assert desk.calls() == (1, 1, 1)


async def test_all_models_share_one_deadline(desk: Desk) -> None:
    desk.claude.script.fail(Fault(Failing.STATUS, status=500, slow=timedelta(seconds=200)))
    desk.gemini.script.fail(Fault(Failing.STATUS, status=500, slow=timedelta(seconds=36)))
    with pytest.raises(ModelFailed) as failed:
        await desk.ask()
    assert failed.value.fault is ModelFault.TRANSIENT
    assert desk.calls() == (1, 1, 0)  # with 4 s left nobody is asked any more


async def test_without_time_nobody_is_asked(desk: Desk) -> None:
    with pytest.raises(ModelFailed, match="no time"):
        await desk.ask(desk.work(seconds=4))
    assert desk.calls() == (0, 0, 0)


async def test_all_models_share_one_purse(desk: Desk) -> None:
    """A lost answer may be on the bill: what it can have cost is gone, and the next model has to do with the rest."""
    desk.claude.script.fail(Fault(Failing.DROP))
    work, before = desk.work(limit=desk.ceiling(CLAUDE) + desk.ceiling(GEMINI) - 1), desk.stack.lines.redis.requests
    with pytest.raises(ModelFailed):
        await desk.ask(work, order=(CLAUDE, GEMINI))
    assert desk.stack.lines.redis.requests - before == 2  # no probe is taken for whom there is no money
    assert desk.calls() == (1, 0, 0)
    assert work.purse.left == desk.ceiling(GEMINI) - 1
    desk.claude.script.fail(Fault(Failing.DROP))
    assert (await desk.ask(desk.work(limit=desk.ceiling(CLAUDE) + desk.ceiling(GEMINI)))).model == GEMINI


async def test_a_model_that_does_not_fit_into_the_purse_is_stepped_over(desk: Desk) -> None:
    assert desk.ceiling(CLAUDE) > desk.ceiling(GEMINI)
    assert (await desk.ask(desk.work(limit=desk.ceiling(CLAUDE) - 1))).model == GEMINI


async def test_a_purse_too_small_for_any_model_is_a_limit(desk: Desk) -> None:
    with pytest.raises(LimitReached) as limit:
        await desk.ask(desk.work(limit=10))
    assert limit.value.code == "budget"
    assert desk.calls() == (0, 0, 0)


async def test_of_contents_that_see_the_last_money_one_is_written(desk: Desk) -> None:
    work = desk.work(limit=desk.ceiling(CLAUDE), order=(CLAUDE,))
    ended = await asyncio.gather(*(desk.ask(work, item=item) for item in range(5)), return_exceptions=True)
    assert [type(end) for end in ended].count(WritingAnswer) == 1
    assert [type(end) for end in ended].count(LimitReached) == 4
    assert desk.calls() == (1, 0, 0)


async def test_a_refusal_is_raised_at_once_and_not_taken_round_the_models(desk: Desk) -> None:
    desk.claude.script.fail(Fault(Failing.REFUSAL))
    with pytest.raises(ModelFailed) as refused:
        await desk.ask()
    assert refused.value.fault is ModelFault.REFUSED
    assert desk.calls() == (1, 0, 0)
    assert await desk.booked(desk.works[-1])
    await desk.ask()
    assert desk.calls() == (2, 0, 0)  # no harm to its health


async def test_a_refusal_by_a_fallback_is_told_and_not_the_failure_before_it(desk: Desk) -> None:
    desk.claude.script.fail(DOWN)
    desk.gemini.script.fail(Fault(Failing.REFUSAL))
    with pytest.raises(ModelFailed) as refused:
        await desk.ask()
    assert refused.value.fault is ModelFault.REFUSED
    assert desk.calls() == (1, 1, 0)


@pytest.mark.parametrize("garbage", [Failing.HALF, Failing.NO_JSON, Failing.WRONG_SHAPE, Failing.CUT_SHORT])
async def test_after_garbage_the_next_model_is_asked(desk: Desk, garbage: Failing) -> None:
    desk.claude.script.fail(Fault(garbage))
    assert (await desk.ask()).model == GEMINI
    assert desk.outcomes() == [(CLAUDE, "unusable"), (GEMINI, "accepted")]
    assert (await desk.services.breakers.read([CLAUDE], desk.clock.now()))[0].state == "closed"


async def test_a_connection_that_never_opened_is_tried_once_more(desk: Desk) -> None:
    async with open_stack(
        clock=desk.clock,
        database=desk.stack.database,
        with_crons=False,
        variables={"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"},
    ) as stack:
        work = desk.work()
        answer = await ask(desk.request(), work, stack.app.state.services, item=0, step=0)
    assert answer.model == GEMINI
    assert desk.outcomes() == [(CLAUDE, "transient"), (CLAUDE, "transient"), (GEMINI, "accepted")]


async def test_what_was_paid_is_booked_at_once_and_the_answer_kept(desk: Desk) -> None:
    desk.claude.script.fail(Fault(Failing.NO_JSON))
    work = desk.work()
    answer = await desk.ask(work, item=7, fingerprint="of the prompt", angle="myth")
    assert await desk.booked(work) == [attempt["id"] for attempt in work.attempts]
    [kept] = await desk.ledger.fetch("select * from app.answers where item = 7")
    assert (kept["fingerprint"], kept["angle"], kept["model"]) == ("of the prompt", "myth", GEMINI)
    assert kept["text"] == answer.text


async def test_a_free_failure_is_not_worth_a_call_to_the_database(desk: Desk) -> None:
    desk.claude.script.fail(DOWN)
    work = desk.work()
    await desk.ask(work)
    assert await desk.booked(work) == [work.attempts[1]["id"]]


async def test_an_answer_is_not_lost_when_the_database_cannot_be_told(desk: Desk) -> None:
    desk.stack.lines.gateway.trouble = Trouble.FAILING
    work = desk.work()
    assert (await desk.ask(work)).model == CLAUDE
    assert work.attempts[0]["outcome"] == "accepted"


async def test_who_has_lost_the_run_stops_asking(desk: Desk) -> None:
    desk.claude.script.fail(Fault(Failing.NO_JSON))
    work = desk.work(fence=desk.fence - 1)
    with pytest.raises(LostClaim):
        await desk.ask(work)
    assert desk.calls() == (1, 0, 0)


async def cancelled_at(line: Line, path: str, asking: Coroutine[Any, Any, object]) -> None:
    """Cancel it while this request of its is under way."""
    reached = asyncio.Event()

    async def stay() -> None:
        reached.set()
        await asyncio.sleep(0.2)

    Tap(line).at(path, Around.ASKING, stay)
    task = asyncio.create_task(asking)
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_is_cancelled_while_the_books_are_written_has_paid_all_the_same(desk: Desk) -> None:
    desk.claude.script.fail(Fault(Failing.NO_JSON))
    work = desk.work()
    await cancelled_at(desk.stack.lines.gateway, "record_attempt", desk.ask(work))
    await work.told()
    assert await desk.booked(work) == [attempt["id"] for attempt in work.attempts]


async def test_a_call_that_is_cancelled_under_way_may_be_on_the_bill(desk: Desk) -> None:
    work = desk.work()
    await cancelled_at(desk.stack.lines.models, "messages", desk.ask(work))
    await work.told()
    [attempt] = work.attempts
    assert attempt.items() >= {"outcome": "transient", "cost": desk.ceiling(CLAUDE), "estimated": True}.items()
    assert await desk.booked(work) == [attempt["id"]]


async def test_all_who_ask_at_once_hear_that_the_run_is_lost(desk: Desk) -> None:
    desk.claude.script.fail(Fault(Failing.NO_JSON), Fault(Failing.NO_JSON))
    desk.stack.lines.gateway.latency = timedelta(seconds=0.1)
    work = desk.work(fence=desk.fence - 1)
    said = await asyncio.gather(desk.ask(work, item=0), desk.ask(work, item=1), return_exceptions=True)
    assert [type(it) for it in said] == [LostClaim, LostClaim]


async def test_the_judge_is_asked_alone(desk: Desk) -> None:
    assert (await desk.ask(order=(GPT,))).model == GPT
    assert desk.calls() == (0, 0, 1)


async def test_an_answer_that_a_gate_objects_to_is_marked_in_the_ledger(desk: Desk) -> None:
    work = desk.work()
    desk.claude.script.fail(DOWN)
    await desk.ask(work, item=1)
    await desk.ask(work, item=2)
    work.reject(1, 0)
    assert [attempt["outcome"] for attempt in work.attempts] == ["transient", "rejected", "accepted"]


async def test_no_prompt_and_no_text_is_in_a_log_line(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.claude.script.fail(Fault(Failing.NO_JSON))
    with caplog.at_level(logging.DEBUG, "drumbeat"):
        answer = await desk.ask()
    assert "model.answered" in caplog.text
    assert "about tea" not in caplog.text
    assert answer.fields["text"] not in caplog.text


async def test_the_default_order_is_what_is_tested_here(desk: Desk) -> None:
    assert desk.services.models.order(Quality.STANDARD) == (CLAUDE, GEMINI, GPT)
