"""From model to model, at the wire: one deadline, one purse, and whatever the vendors do."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from dev.clock import VirtualClock
from dev.models.script import Failing, Fault
from dev.models.stand_in import StandIn
from dev.person import signed_in
from dev.serving import Trouble
from dev.stack import Dsns, Stack, open_stack
from lib.adapters.models import Turn, WritingAnswer, WritingRequest
from lib.adapters.redis import Breakers
from lib.domain.content import SHAPES
from lib.domain.pricing import ceiling_of
from lib.domain.purse import Purse
from lib.domain.schedule import ContentType
from lib.domain.writing_settings import Quality
from lib.errors import LimitReached, LostClaim, ModelFailed, ModelFault
from lib.pipeline.route import Work, ask
from lib.services import Services
from tests.databases import Clones
from tests.pipeline.taps import Around, Tap

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
LEASE = timedelta(minutes=6)
CLAUDE, GEMINI, GPT = "anthropic/claude-sonnet-5-5", "gemini/gemini-3.8-flash", "openai/gpt-6.1-terra"
DOWN = Fault(Failing.STATUS, status=503)
OVERLOADED = Fault(Failing.STATUS, status=529, retry_after=timedelta(seconds=20))


@dataclass
class Desk:
    """A claimed run, and what its questions come to."""

    stack: Stack
    services: Services
    ledger: asyncpg.Connection
    run_id: str
    fence: int
    works: list[Work] = field(default_factory=list)

    @property
    def clock(self) -> VirtualClock:
        assert isinstance(self.stack.clock, VirtualClock)
        return self.stack.clock

    @property
    def claude(self) -> StandIn:
        return self.stack.models.anthropic

    @property
    def gemini(self) -> StandIn:
        return self.stack.models.gemini

    @property
    def gpt(self) -> StandIn:
        return self.stack.models.openai

    def work(self, *, limit: int = 10_000_000, seconds: float = 240, **changes: Any) -> Work:
        work = Work(
            run_id=self.run_id,
            fence=changes.get("fence", self.fence),
            clock=self.clock.now,
            deadline_at=self.clock.now() + timedelta(seconds=seconds),
            purse=Purse(limit),
            order=changes.get("order", (CLAUDE, GEMINI, GPT)),
        )
        self.works.append(work)
        return work

    def request(self) -> WritingRequest:
        shape = SHAPES[ContentType.X_POST]
        turns = (Turn("user", "Write one post about tea."),)
        return WritingRequest("You write.", turns, shape.schema, shape.most_tokens, shape.effort, self.clock.now())

    async def ask(self, work: Work | None = None, **how: Any) -> WritingAnswer:
        how = {"item": 0, "step": 0, **how}
        return await ask(self.request(), work or self.work(), self.services, **how)

    async def open_breaker(self, stand_in: StandIn) -> None:
        """By one overload that asks for 20 s; the others are well."""
        stand_in.script.fail(OVERLOADED)
        await self.ask()

    def ceiling(self, model: str) -> int:
        request = self.request()
        return ceiling_of(request.size, request.most_tokens, self.services.models[model].price_at(request.at))

    def outcomes(self) -> list[tuple[str, str]]:
        return [(attempt["model"], attempt["outcome"]) for attempt in self.works[-1].attempts]

    def calls(self) -> tuple[int, int, int]:
        return tuple(len(it.script.calls) for it in (self.claude, self.gemini, self.gpt))  # type: ignore[return-value]

    async def booked(self, work: Work) -> list[str]:
        """Ids of this work's attempts that the ledger has."""
        told = await self.ledger.fetchval("select model_attempts from app.runs where id = $1", self.run_id)
        ours = [attempt["id"] for attempt in work.attempts]
        return [identity for identity in ours if identity in str(told)]


@pytest.fixture(scope="module")
async def open_desk(clones: Clones) -> AsyncIterator[Desk]:
    database = await clones.take()
    dsns = Dsns.of(database.postgres, database.name)
    ledger = await asyncpg.connect(database.owner_dsn)
    async with (
        open_stack(clock=VirtualClock(START), database=dsns, with_crons=False) as stack,
        signed_in(stack, "ada@example.com", "a long password") as ada,
    ):
        wish = {"name": "Tea", "contentType": "x_post", "frequency": "daily", "timeOfDay": "10:00", "timezone": "UTC"}
        made = (await ada.post("/api/schedule/create", **wish))["schedule"]
        await ledger.execute("update app.workspaces set plan = 'team'")
        due_at, costs = START.replace(hour=10), {"x_post": {"fixed": 500_000, "byte": 0}}
        stack.clock.advance(to=due_at)  # type: ignore[attr-defined]
        services: Services = stack.app.state.services
        claim = await services.store.claim_run(
            schedule_id=made["id"],
            due_at=due_at,
            claim_id=services.new_id(),
            message_id=None,
            lease=LEASE,
            worst_costs={order: costs for order in ("standard", "premium", "chosen")},
            now=due_at,
        )
        assert claim.run is not None
        yield Desk(stack, services, ledger, str(claim.run.id), claim.run.fence or 0)
    await ledger.close()
    await database.drop()


@pytest.fixture
def desk(open_desk: Desk) -> Iterator[Desk]:
    """Another day: nobody remembers anything, and all is well."""
    open_desk.clock.advance(by=timedelta(days=2))
    open_desk.stack.redis.flush()
    open_desk.services.__dict__.pop("breakers", None)  # as a fresh instance begins
    for stand_in in open_desk.stack.models.every():
        stand_in.script.faults.clear()
        stand_in.script.calls.clear()
    yield open_desk
    for line in (*open_desk.stack.lines.of_models(), open_desk.stack.lines.redis, open_desk.stack.lines.gateway):
        line.trouble, line.latency = Trouble.NONE, timedelta(0)


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


async def test_the_first_vendor_hanging_leaves_time_for_the_next(desk: Desk) -> None:
    desk.stack.lines.models.trouble = Trouble.HANGING
    assert (await desk.ask(desk.work(seconds=6))).model == GEMINI


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
    work = desk.work(limit=desk.ceiling(CLAUDE) + desk.ceiling(GEMINI) - 1)
    with pytest.raises(ModelFailed):
        await desk.ask(work, order=(CLAUDE, GEMINI))
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
