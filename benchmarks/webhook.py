"""What the webhook itself adds to an occurrence, besides the model, against the founding documents' version of it.

Both verify a real signature, run against the same real Postgres behind the same gateway, and every round trip takes
5 ms longer than loopback. Both get the same model, which takes a tenth of a second. CPU is that of the whole process,
in which the database's gateway and QStash's stand-in work for both.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median, quantiles
from time import perf_counter, process_time
from uuid import uuid4

import asyncpg
import httpx
from fastapi import FastAPI

from benchmarks import Row
from benchmarks.databases import DistantLine, add_schedules, add_workspace, migrated_database
from benchmarks.seed_webhook import STATEMENTS, create_seed_app
from dev.clock import RealClock
from dev.qstash.signing import sign
from dev.stack import open_stack
from lib.adapters.models import WritingAnswer, WritingRequest
from lib.app import create_app
from lib.clock import utc_now
from lib.domain.pricing import Price, Usage
from lib.domain.writing_settings import Quality
from lib.settings import Settings

OCCURRENCES = 120
ROUNDS = 6  # the two take turns, so that a machine that slows down slows both
WARM_UP = 5
MODEL_TIME = timedelta(milliseconds=100)
LETTERS = "aeioulnrst"  # no two of its texts are alike: a rewrite would be measured as if it were ours
GOAL = 0.5
PATH = "/api/content/generate-scheduled"


@dataclass(slots=True)
class SteadyWriter:
    """A model that always takes its time, exactly measured, and never says the same twice."""

    model: str = "own/steady"
    took: float = 0.0
    words: Random = field(default_factory=lambda: Random(0))

    def price_at(self, at: datetime) -> Price:
        return Price(0, 0, 0, 1_000)

    async def prepare(self) -> None:
        pass

    async def write(self, request: WritingRequest, *, within: timedelta) -> WritingAnswer:
        began = perf_counter()
        await asyncio.sleep(MODEL_TIME.total_seconds())
        self.took = perf_counter() - began

        said = " ".join("".join(self.words.choices(LETTERS, k=6)) for _ in range(20))
        fields = {"text": said}
        return WritingAnswer(fields, json.dumps(fields), self.model, Usage(out=10), 1, None, "end_turn")

    async def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class OnlyOne:
    """All models that are set up: this one."""

    writer: SteadyWriter
    judge: None = None

    def order(self, quality: Quality, chosen: Sequence[str] = ()) -> tuple[str, ...]:
        return self.known()

    def known(self) -> tuple[str, ...]:
        return (self.writer.model,)

    def __getitem__(self, model: str) -> SteadyWriter:
        return self.writer

    async def prepare(self, model: str) -> None:
        await self.writer.prepare()

    async def close(self) -> None:
        await self.writer.close()


class CountedLine(DistantLine):
    """A distant line that counts how often it is used."""

    def __init__(self) -> None:
        super().__init__()
        self.trips = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.trips += 1
        return await super().handle_async_request(request)


@dataclass(slots=True)
class Measured:
    """Seconds of overhead of each occurrence; CPU seconds and round trips of all."""

    overheads: list[float] = field(default_factory=list)
    cpu: float = 0.0
    trips: int = 0

    @property
    def p99(self) -> float:
        return quantiles(self.overheads, n=100)[98]


def run() -> list[Row]:
    return asyncio.run(measure())


async def measure() -> list[Row]:
    async with migrated_database() as database:
        owner = await asyncpg.connect(database.owner)
        await owner.execute(STATEMENTS)
        async with open_stack(clock=RealClock(), database=database, with_crons=False) as stack:
            environment = {**stack.settings_env(), "LOG_LEVEL": "ERROR", "ARMING_HORIZON": "P6D"}

            def ours(line: CountedLine, writer: SteadyWriter) -> FastAPI:
                pool = httpx.AsyncClient(transport=line, timeout=30)
                app = create_app(Settings.from_environment(environment), connect=lambda: pool)
                app.state.services.models = OnlyOne(writer)
                return app

            def theirs(line: CountedLine, writer: SteadyWriter) -> FastAPI:
                return create_seed_app(environment, httpx.AsyncClient(transport=line, timeout=30), writer, utc_now)

            mine, seed = Measured(), Measured()
            for _ in range(ROUNDS):
                await deliver(ours, environment, owner, mine)
                await deliver(theirs, environment, owner, seed)
        await owner.close()
    return [
        compared("webhook's own time, p50", median(mine.overheads) * 1e3, median(seed.overheads) * 1e3, "ms", GOAL),
        compared("  p99", mine.p99 * 1e3, seed.p99 * 1e3, "ms"),
        compared("  round trips", mine.trips / OCCURRENCES, seed.trips / OCCURRENCES, ""),
        compared("  CPU, stand-ins included", mine.cpu / OCCURRENCES * 1e3, seed.cpu / OCCURRENCES * 1e3, "ms"),
    ]


async def deliver(
    build: Callable[[CountedLine, SteadyWriter], FastAPI],
    environment: dict[str, str],
    owner: asyncpg.Connection,
    measured: Measured,
) -> None:
    """One round: one delivery after the other, each for a schedule of its own, as QStash would make it."""
    line, writer = CountedLine(), SteadyWriter()
    app = build(line, writer)
    due = await due_schedules(owner)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=environment["PUBLIC_URL"]) as qstash:
        for at, (schedule_id, due_at) in enumerate(due):
            if at == WARM_UP:
                line.trips, cpu = 0, process_time()
            request = signed(schedule_id, due_at, environment)
            began = perf_counter()
            answer = await qstash.post(PATH, content=request[0], headers=request[1])
            if answer.status_code != 200 or "done" not in answer.text.lower():
                raise AssertionError(f"{answer.status_code} {answer.text}")
            if at >= WARM_UP:
                measured.overheads.append(perf_counter() - began - writer.took)
    measured.cpu += process_time() - cpu
    measured.trips += line.trips
    await check_performed(owner, [schedule_id for schedule_id, _ in due])


async def due_schedules(owner: asyncpg.Connection) -> Sequence[tuple[str, datetime]]:
    workspace = await add_workspace(owner)
    await add_schedules(
        owner, workspace, OCCURRENCES // ROUNDS + WARM_UP, datetime.now(UTC) - timedelta(minutes=5), armed=True
    )
    rows = await owner.fetch("select id, next_run_at from app.schedules where workspace_id = $1", workspace)
    return [(str(row["id"]), row["next_run_at"]) for row in rows]


def signed(schedule_id: str, due_at: datetime, environment: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"scheduleId": schedule_id, "timestamp": due_at.isoformat(), "revision": 1}).encode()
    token = sign(
        environment["QSTASH_CURRENT_SIGNING_KEY"],
        destination=f"{environment['PUBLIC_URL']}{PATH}",
        body=body,
        token_id=f"jwt_{uuid4()}",
        now=utc_now(),
    )
    return body, {"upstash-signature": token, "content-type": "application/json"}


async def check_performed(owner: asyncpg.Connection, schedule_ids: Sequence[str]) -> None:
    performed: Awaitable[int] = owner.fetchval(
        "select count(*) from app.schedules where id = any ($1::uuid[]) and total_generated = 1 and next_run_at > $2",
        schedule_ids,
        datetime.now(UTC),
    )
    if await performed != len(schedule_ids):
        raise AssertionError("not every schedule was performed and moved on")


def compared(what: str, ours: float, theirs: float, unit: str, goal: float | None = None) -> Row:
    ratio = ours / theirs
    row = Row(what, f"{ours:.1f} {unit}".strip(), f"step by step {theirs:.1f} {unit}".strip(), ratio)
    return row if goal is None else Row(row.what, row.ours, row.theirs, ratio, f"≤ {goal}", ratio <= goal)
