"""A Postgres of a measurement's own, with schedules in it, and lines that take as long as a real one."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx

from dev.database import migrate, prepare_database
from dev.postgres import Postgres
from dev.stand_ins import Dsns

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ROUND_TRIP = timedelta(milliseconds=5)  # a function and its database in the same region


@asynccontextmanager
async def migrated_database() -> AsyncIterator[Dsns]:
    """Durable as in production: a claim that is not on disk is none."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as folder:
        async with Postgres(Path(folder), durable=True) as server:
            await prepare_database(server.superuser_dsn(), "bench")
            await migrate(server.owner_dsn("bench"))
            yield Dsns.of(server, "bench")


async def add_workspace(owner: asyncpg.Connection) -> UUID:
    """A workspace whose plan does not get in the way."""
    workspace = uuid4()
    await owner.execute(
        "update app.plans set runs_a_day = 1000000, daily_cost = 1000000000000, monthly_cost = 1000000000000 "
        "where plan = 'team'"
    )
    await owner.execute(
        "insert into app.workspaces (id, name, plan, subscription_status, created_at)"
        " values ($1, 'bench', 'team', 'active', $2)",
        workspace,
        NOW,
    )
    await owner.execute("insert into auth.users (id, email) values ($1, $2)", workspace, f"{workspace}@example.com")
    await owner.execute(
        "insert into app.members (workspace_id, user_id, role, created_at) values ($1, $1, 'owner', $2)", workspace, NOW
    )
    return workspace


async def add_schedules(owner: asyncpg.Connection, workspace: UUID, count: int, due_at: datetime, armed: bool) -> None:
    """That many daily schedules waiting for due_at and the minutes after it; `armed` have their message."""
    await owner.execute(
        """
        insert into app.schedules (
          id, workspace_id, name, content_type, frequency, time_of_day, timezone, anchor_at, settings, created_at,
          updated_at, next_run_at, late_at, following_run_at, following_late_at, armed_for, armed_at, arm_count)
        select
          gen_random_uuid(), $1, 'n', 'x_post', 'daily', (due.at at time zone 'UTC')::time, 'UTC', $3::timestamptz,
          '{"topic": "coffee"}', $3, $3, due.at, due.at + interval '6 hours',
          due.at + interval '1 day', due.at + interval '30 hours',
          case when $4 then due.at end, case when $4 then $3 end, $4::bool::int
        from generate_series(1, $2::int) as number,
          lateral (select $5::timestamptz + number % 50 * interval '1 second' as at) as due
        """,
        workspace,
        count,
        NOW - timedelta(days=1),
        armed,
        due_at,
    )
    await owner.execute("vacuum analyze app.schedules")  # which a living database has had long ago


class DistantLine(httpx.AsyncHTTPTransport):
    """A network whose every round trip takes ROUND_TRIP longer than loopback."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(ROUND_TRIP.total_seconds())
        return await super().handle_async_request(request)


def distant_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=DistantLine(), timeout=30)
