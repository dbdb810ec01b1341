"""Whom the router leaves alone, for how long, and who tries them again; at the wire."""

import asyncio
import logging
from datetime import timedelta

import pytest

from dev.models.script import Failing, Fault
from dev.serving import Trouble
from lib.adapters.redis import Breakers
from lib.errors import ModelFailed, ModelFault
from tests.pipeline.desk import CLAUDE, DOWN, GEMINI, Desk
from tests.pipeline.taps import Around, Tap


async def test_a_model_that_answers_garbage_for_an_hour_is_asked_a_few_times_only(desk: Desk) -> None:
    desk.claude.script.fail(*[Fault(Failing.NO_JSON)] * 60)
    for _ in range(60):
        assert (await desk.ask()).model == GEMINI
        desk.clock.advance(by=timedelta(minutes=1))
    assert len(desk.claude.script.calls) < 15


async def test_a_request_that_one_model_cannot_take_is_free_and_goes_to_the_next(desk: Desk) -> None:
    for _ in range(5):
        desk.claude.script.fail(Fault(Failing.STATUS, status=400))
        assert (await desk.ask()).model == GEMINI
        assert desk.works[-1].attempts[0]["cost"] == 0
    assert (await desk.ask()).model == CLAUDE


async def test_a_wrong_key_alerts_an_operator_and_keeps_the_model_away_for_half_an_hour(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "drumbeat"):
        desk.claude.script.fail(*[Fault(Failing.STATUS, status=401)] * 2)
        assert (await desk.ask()).model == GEMINI
    assert "model.misconfigured" in caplog.text
    alerts = await desk.ledger.fetch("select * from app.alerts where kind = 'model_misconfigured'")
    assert [(alert["subject"], alert["workspace_id"]) for alert in alerts] == [(CLAUDE, None)]
    desk.clock.advance(by=timedelta(minutes=29))
    assert (await desk.ask()).model == GEMINI
    assert desk.calls()[0] == 1
    desk.clock.advance(by=timedelta(minutes=2))
    assert (await desk.ask()).model == GEMINI
    assert desk.calls()[0] == 2


async def test_an_alert_that_cannot_be_raised_fails_nothing(desk: Desk) -> None:
    desk.claude.script.fail(Fault(Failing.STATUS, status=401))
    desk.stack.lines.gateway.trouble = Trouble.FAILING
    assert (await desk.ask()).model == GEMINI


async def test_a_vendors_wish_to_be_left_alone_is_honoured(desk: Desk) -> None:
    await desk.open_breaker(desk.claude)
    desk.clock.advance(by=timedelta(seconds=19))
    assert (await desk.ask()).model == GEMINI
    desk.clock.advance(by=timedelta(seconds=1))
    assert (await desk.ask()).model == CLAUDE


async def test_a_wish_to_be_left_alone_all_day_is_honoured_for_a_quarter_of_an_hour(desk: Desk) -> None:
    desk.claude.script.fail(Fault(Failing.STATUS, status=429, retry_after=timedelta(days=1)))
    assert (await desk.ask()).model == GEMINI
    desk.clock.advance(by=timedelta(minutes=14))
    assert (await desk.ask()).model == GEMINI
    desk.clock.advance(by=timedelta(minutes=1))
    assert (await desk.ask()).model == CLAUDE


async def test_a_breaker_opens_half_opens_for_one_of_fifty_and_closes(desk: Desk) -> None:
    desk.services.breakers = Breakers(desk.services.redis, patience=timedelta(seconds=10))  # all are in one process
    await desk.open_breaker(desk.claude)
    desk.clock.advance(by=timedelta(seconds=20))
    [standing] = await desk.services.breakers.read([CLAUDE], desk.clock.now())
    assert standing.state == "half_open"
    before = desk.calls()
    others_are_answered = asyncio.Event()  # the probe is under way until then
    Tap(desk.stack.lines.models).at("/messages", Around.ASKING, others_are_answered.wait)
    asked = [asyncio.create_task(desk.ask(desk.work(), item=item)) for item in range(50)]
    for count, answered in enumerate(asyncio.as_completed(asked), 1):
        await answered
        if count == 49:
            others_are_answered.set()
    answers = [await task for task in asked]
    assert [answer.model for answer in answers].count(CLAUDE) == 1
    assert desk.calls() == (before[0] + 1, before[1] + 49, 0)
    [standing] = await desk.services.breakers.read([CLAUDE], desk.clock.now())
    assert standing.state == "closed"
    assert (await desk.ask()).model == CLAUDE


async def test_a_failed_probe_costs_one_call_and_the_question_goes_on(desk: Desk) -> None:
    await desk.open_breaker(desk.claude)
    desk.clock.advance(by=timedelta(seconds=20))
    desk.claude.script.fail(DOWN)
    assert (await desk.ask()).model == GEMINI
    assert (await desk.ask()).model == GEMINI
    assert desk.calls()[0] == 2


async def test_all_open_the_one_due_back_soonest_is_tried(desk: Desk) -> None:
    for stand_in, seconds in ((desk.claude, 600), (desk.gemini, 60), (desk.gpt, 300)):
        wish = timedelta(seconds=seconds)
        stand_in.script.fail(Fault(Failing.STATUS, status=429, retry_after=wish))
    with pytest.raises(ModelFailed) as failed:
        await desk.ask()
    assert failed.value.retry_after == timedelta(seconds=60)  # the soonest of all
    assert desk.calls() == (1, 1, 1)
    assert (await desk.ask()).model == GEMINI
    assert desk.calls() == (1, 2, 1)
    assert (await desk.ask()).model == GEMINI  # its early success has closed it


async def test_all_open_one_try_is_made_and_no_more(desk: Desk) -> None:
    for stand_in in (desk.claude, desk.gemini, desk.gpt):
        stand_in.script.fail(*[Fault(Failing.STATUS, status=401)] * 2)
    with pytest.raises(ModelFailed) as failed:
        await desk.ask()
    assert failed.value.fault is ModelFault.CONFIGURATION
    with pytest.raises(ModelFailed):
        await desk.ask()
    assert sum(desk.calls()) == 4


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.HANGING])
async def test_without_redis_models_are_asked_and_left_alone_all_the_same(desk: Desk, trouble: Trouble) -> None:
    desk.stack.lines.redis.trouble = trouble
    await desk.open_breaker(desk.claude)
    assert (await desk.ask()).model == GEMINI
    assert desk.calls() == (1, 2, 0)
    desk.clock.advance(by=timedelta(seconds=20))
    assert (await desk.ask()).model == CLAUDE


async def test_one_round_trip_to_redis_before_the_first_call_and_one_after_each(desk: Desk) -> None:
    before = desk.stack.lines.redis.requests
    await desk.ask()
    assert desk.stack.lines.redis.requests - before == 2
    desk.claude.script.fail(DOWN)
    await desk.ask()
    assert desk.stack.lines.redis.requests - before == 5
