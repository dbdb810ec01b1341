"""What the router adds to a call of a model, beside the same call without a router and beside separate commands.

The models answer at once and without a wire, so that what is measured is ours. Redis is the local stack's, in a process
of its own, over real HTTP: its work is not counted, our calls to it are. `step by step` is what the usual breaker
libraries do over the same connection: read the state, read the counter, call, write what changed.
"""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection as Pipe
from time import process_time
from typing import Any

from benchmarks import Row
from dev.clock import RealClock
from dev.redis import Redis
from dev.serving import Line, listen, serving, url_of
from lib.adapters.models import Turn, WritingAnswer, WritingRequest
from lib.adapters.redis import Breakers, Connection
from lib.clock import utc_now
from lib.domain.content import SHAPES
from lib.domain.pricing import Price, Usage
from lib.domain.purse import Purse
from lib.domain.schedule import ContentType
from lib.pipeline.route import Work, ask
from lib.services import Services
from lib.settings import Settings

TOKEN = "benchmark"
ORDER = ("anthropic/claude-sonnet-5-5", "gemini/gemini-3.8-flash", "openai/gpt-6.1-terra")
CALLS = 100
ROUNDS = 9  # the three take turns
GOAL_CPU = 1.0  # ms
GOAL_TRIPS = 2.0  # one before the model is asked, one after
WITHIN = timedelta(seconds=60)
PATIENCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class AtOnce:
    """A model that has its answer ready."""

    model: str

    def price_at(self, at: object) -> Price:
        return Price(2_000, 2_500, 100, 10_000)

    async def write(self, request: WritingRequest, *, within: timedelta) -> WritingAnswer:
        return WritingAnswer({"text": "Tea."}, '{"text": "Tea."}', self.model, Usage(out=10), 0, None, "end_turn")

    async def prepare(self) -> None:
        pass

    async def close(self) -> None:
        pass


class NoLedger:
    """Booking an answer is not the router's work."""

    async def record_attempt(self, **_: Any) -> None:
        pass


class CountedConnection(Connection):
    """Counts its round trips."""

    trips = 0

    async def execute(self, *command: str | int, within: timedelta) -> Any:
        self.trips += 1
        # A stand-in that is slow for once must not make the router go on alone, and look cheap.
        return await super().execute(*command, within=PATIENCE)


@dataclass(slots=True)
class Measured:
    """CPU milliseconds a call, each round's; round trips a call. The quietest round counts: a machine that does other
    things besides charges us for its cold caches."""

    rounds: list[float] = field(default_factory=list)
    trips: float = 0.0

    @property
    def cpu(self) -> float:
        return min(self.rounds)


def run() -> list[Row]:
    with redis_elsewhere() as url:
        return asyncio.run(measure(url))


async def measure(url: str) -> list[Row]:
    async with open_router(url) as (services, redis):
        bare, ours, stepwise = Measured(), Measured(), Measured()
        for _ in range(ROUNDS):
            await one_round(lambda: call_directly(services), redis, bare)
            await one_round(lambda: call_routed(services), redis, ours)
            await one_round(lambda: call_stepwise(services, redis), redis, stepwise)
        return rows(bare, ours, stepwise)


def rows(bare: Measured, ours: Measured, stepwise: Measured) -> list[Row]:
    added, theirs = ours.cpu - bare.cpu, stepwise.cpu - bare.cpu
    return [
        Row(
            "router's CPU, over a bare call",
            f"{added:.2f} ms",
            f"step by step {theirs:.2f} ms",
            added / theirs,
            f"< {GOAL_CPU:.0f} ms",
            added < GOAL_CPU,
        ),
        Row(
            "  round trips to Redis",
            f"{ours.trips:.1f}",
            f"step by step {stepwise.trips:.1f}",
            ours.trips / stepwise.trips,
            "≤ 1 + 1",
            ours.trips <= GOAL_TRIPS,
        ),
    ]


async def one_round(call: Callable[[], Awaitable[WritingAnswer]], redis: CountedConnection, measured: Measured) -> None:
    for _ in range(5):
        await call()
    trips, began = redis.trips, process_time()
    for _ in range(CALLS):
        await call()
    measured.rounds.append((process_time() - began) / CALLS * 1e3)
    measured.trips = (redis.trips - trips) / CALLS


async def call_directly(services: Services) -> WritingAnswer:
    return await services.models[ORDER[0]].write(request(), within=WITHIN)


async def call_routed(services: Services) -> WritingAnswer:
    work = Work("run", 1, utc_now, utc_now() + WITHIN, Purse(10_000_000), ORDER)
    return await ask(request(), work, services, item=0, step=0)


async def call_stepwise(services: Services, redis: Connection) -> WritingAnswer:
    """A breaker as one writes it over Redis: no window, no health, no probe; two callers may undo each other's work."""
    state = await redis.execute("GET", "stepwise:state", within=PATIENCE)
    await redis.execute("GET", "stepwise:failures", within=PATIENCE)
    if state == "open":
        raise AssertionError("nothing has failed")
    answer = await services.models[ORDER[0]].write(request(), within=WITHIN)
    await redis.execute("SET", "stepwise:failures", 0, within=PATIENCE)
    await redis.execute("SET", "stepwise:state", "closed", within=PATIENCE)
    return answer


def request() -> WritingRequest:
    shape = SHAPES[ContentType.X_POST]
    turns = (Turn("user", "Write one post about tea. " * 40),)
    return WritingRequest("You write. " * 200, turns, shape.schema, shape.most_tokens, shape.effort, utc_now())


@asynccontextmanager
async def open_router(url: str) -> AsyncIterator[tuple[Services, CountedConnection]]:
    services = Services(Settings(), utc_now)
    redis = CountedConnection(url, TOKEN)
    services.redis = redis
    services.breakers = Breakers(redis)
    services.models = {model: AtOnce(model) for model in ORDER}  # type: ignore[assignment]
    services.store = NoLedger()  # type: ignore[assignment]
    yield services, redis
    await redis.close()


@contextmanager
def redis_elsewhere() -> Iterator[str]:
    """The stand-in in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve_redis, args=(theirs,), daemon=True)
    process.start()
    yield ours.recv()
    ours.send("enough")
    process.join()


def serve_redis(pipe: Pipe) -> None:
    async def serve() -> None:
        sock = listen()
        async with serving(Line(Redis(RealClock(), TOKEN).app), sock):
            pipe.send(url_of(sock))
            await asyncio.to_thread(pipe.recv)

    asyncio.run(serve())
