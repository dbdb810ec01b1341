"""A claimed run in the whole stack, from which models are asked as the pipeline asks them."""

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
from lib.domain.content import SHAPES
from lib.domain.pricing import ceiling_of
from lib.domain.purse import Purse
from lib.domain.schedule import ContentType
from lib.pipeline.route import Work, ask
from lib.services import Services
from tests.databases import Clones

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
        """The answer, when all who have to hear of it have heard."""
        work, how = work or self.work(), {"item": 0, "step": 0, **how}
        answer = await ask(self.request(), work, self.services, **how)
        await work.told()
        return answer

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
