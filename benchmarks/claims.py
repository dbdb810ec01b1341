"""Claims a second with eight connections, against the barest thing that could stop a double run: one
`insert … on conflict do nothing`, which knows no lease, fence, subscription, quota, budget, lateness or pause.

Once with the schedules in as many workspaces as connections, and once all in one, where the lock on the day's budget
makes claims queue up, as it must.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg

from benchmarks import Row
from benchmarks.databases import NOW, add_schedules, add_workspace, migrated_database
from dev.stand_ins import Dsns

CONNECTIONS = 8
CLAIMS = 1_600
WORST_COSTS = json.dumps({"standard": {"x_post": {"fixed": 100, "byte": 1}}})

type Claimed = Callable[[asyncpg.Connection, asyncpg.Record], Awaitable[bool]]


def run() -> list[Row]:
    return asyncio.run(measure())


async def measure() -> list[Row]:
    async with migrated_database() as database:
        owner = await asyncpg.connect(database.owner)
        try:
            await owner.execute(
                "create table bench_claims (schedule_id uuid, due_at timestamptz, unique (schedule_id, due_at))"
            )
            apart = await rates(database, owner, [await add_workspace(owner) for _ in range(CONNECTIONS)])
            together = await rates(database, owner, [await add_workspace(owner)])
        finally:
            await owner.close()
    return [row("claims, a workspace for each connection", *apart), row("claims, all in one workspace", *together)]


async def rates(database: Dsns, owner: asyncpg.Connection, workspaces: Sequence[UUID]) -> tuple[float, float]:
    """Ours and the bare insert's, in claims a second, over the same schedules in the same order."""
    for workspace in workspaces:
        await add_schedules(owner, workspace, CLAIMS // len(workspaces), NOW, armed=True)
    due = await owner.fetch(
        "select id, next_run_at from app.schedules where workspace_id = any ($1) order by workspace_id", workspaces
    )
    share = len(due) // CONNECTIONS
    shares = [due[start : start + share] for start in range(0, len(due), share)]
    bare = await rate(database, shares, insert)
    return await rate(database, shares, claim), bare


async def rate(database: Dsns, shares: Sequence[Sequence[asyncpg.Record]], claimed: Claimed) -> float:
    connections = [await asyncpg.connect(database.owner) for _ in shares]

    async def work(connection: asyncpg.Connection, share: Sequence[asyncpg.Record]) -> None:
        for record in share:
            if not await claimed(connection, record):
                raise AssertionError("a free occurrence was not claimed")

    began = perf_counter()
    await asyncio.gather(*(work(*pair) for pair in zip(connections, shares, strict=True)))
    took = perf_counter() - began
    for connection in connections:
        await connection.close()
    return sum(map(len, shares)) / took


async def claim(connection: asyncpg.Connection, due: asyncpg.Record) -> bool:
    answer = await connection.fetchval(
        "select public.claim_run($1, $2, $3, null, $4, $5, $6)",
        due["id"],
        due["next_run_at"],
        str(uuid4()),
        timedelta(seconds=360),
        WORST_COSTS,
        NOW + timedelta(minutes=1),
    )
    return bool(json.loads(answer)["outcome"] == "claimed")


async def insert(connection: asyncpg.Connection, due: asyncpg.Record) -> bool:
    statement = "insert into bench_claims values ($1, $2) on conflict do nothing returning true"
    return bool(await connection.fetchval(statement, due["id"], due["next_run_at"]))


def row(what: str, ours: float, bare: float) -> Row:
    return Row(what, f"{ours:.0f}/s", f"bare insert {bare:.0f}/s", ours / bare)
