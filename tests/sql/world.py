"""People, schedules and the service, as the tests of the SQL functions know them.

Calls go the way PostgREST makes them: as `authenticator`, in a transaction that sets the role and the token's claims.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Self

import asyncpg
import pytest

from tests.databases import Database
from tests.sql.callers import Caller, Person, Row

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=6)
WORST = 100_000  # micro-USD
KINDS = ("x_post", "x_thread", "blog_post", "newsletter", "linkedin_post")


def worst_costs_of(fixed: int, byte: int = 0) -> Row:
    """One order's part of what a claim is told."""
    return {kind: {"fixed": fixed, "byte": byte} for kind in KINDS}


WORST_COSTS = {order: worst_costs_of(WORST) for order in ("standard", "premium", "chosen")}
PASSED = {"passed": True, "objections": [], "likeness": None}
FIELDS = {
    "name": "Morning post",
    "content_type": "x_post",
    "frequency": "hourly",
    "timezone": "Asia/Seoul",
    "anchor_at": NOW,
    "settings": {"prompt": "coffee"},
}


class World:
    def __init__(self, database: Database) -> None:
        self.database = database
        self._open = AsyncExitStack()
        self.owner: asyncpg.Pool = None
        self.pool: asyncpg.Pool = None

    async def __aenter__(self) -> Self:
        self.owner = await self._open.enter_async_context(
            asyncpg.create_pool(self.database.owner_dsn, min_size=1, max_size=2, init=_speak_json)
        )
        self.pool = await self._open.enter_async_context(
            asyncpg.create_pool(self.database.authenticator_dsn, min_size=1, max_size=20, init=_speak_json)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def service(self) -> Caller:
        return Caller(self.pool, "service_role")

    @property
    def anon(self) -> Caller:
        return Caller(self.pool, "anon")

    async def person(self, plan: str = "team") -> Person:
        user_id = str(uuid.uuid4())
        await self.owner.execute("insert into auth.users (id, email) values ($1, $2)", user_id, f"{user_id}@test")
        person = Person(self.pool, user_id)
        await self.service.call(
            "set_subscription", workspace_id=user_id, plan=plan, status="active", period_end=None, now=NOW
        )
        return person

    async def join(self, workspace_id: str, person: Person, role: str) -> None:
        await self.owner.execute(
            "insert into app.members (workspace_id, user_id, role, created_at) values ($1, $2, $3, $4)",
            workspace_id, person.id, role, NOW,
        )  # fmt: skip

    async def schedule(
        self, person: Person, next_run_at: datetime = NOW, *, late_after: timedelta = HOUR / 2, **fields: object
    ) -> Row:
        """A schedule of the person's own workspace that waits for `next_run_at`."""
        answer = await person.call(
            "create_schedule",
            schedule_id=str(uuid.uuid4()),
            workspace_id=None,
            fields={**FIELDS, **fields},
            next_run_at=next_run_at,
            late_at=next_run_at + late_after,
            key=None,
            request_hash=None,
            now=min(NOW, next_run_at) - 2 * HOUR,
        )
        schedule: Row = answer["schedule"]
        return schedule

    async def claim(self, schedule: Row, due_at: datetime = NOW, now: datetime = NOW, **changed: object) -> Row:
        return await self.service.call("claim_run", **claim_arguments(schedule, due_at, now, **changed))

    async def claim_new(self, schedule: Row, now: datetime = NOW) -> Row:
        """The next occurrence, whichever that is: it is made due first. For tests about what comes after it."""
        due_at = await self.owner.fetchval(
            "update app.schedules s set late_at = $2::timestamptz + interval '1 hour', next_run_at = greatest($2, ("
            "  select max(r.due_at) + interval '1 millisecond' from app.runs r where r.schedule_id = s.id)) "
            "where s.id = $1 returning next_run_at", schedule["id"], now,
        )  # fmt: skip
        claim = await self.claim(schedule, due_at, due_at, claim_id=str(uuid.uuid4()))
        assert claim["outcome"] == "claimed"
        return claim

    async def resume(self, run: Row, now: datetime, claim_id: str = "rescue", worst_costs: Row = WORST_COSTS) -> Row:
        return await self.service.call(
            "resume_run", run_id=run["id"], claim_id=claim_id, message_id=None, lease=LEASE, worst_costs=worst_costs,
            now=now,
        )  # fmt: skip

    async def run_now(
        self, schedule: Row, key: str | None = "key", now: datetime = NOW, claim_id: str = "claim", **changed: object
    ) -> Row:
        arguments: Row = {
            "schedule_id": schedule["id"], "workspace_id": schedule["workspace_id"],
            "user_id": schedule["created_by"], "key": key, "claim_id": claim_id, "lease": LEASE,
            "worst_costs": WORST_COSTS, "count": None, "quality": None, "priority": None, "retries": None,
            "publish": True, "now": now,
        }  # fmt: skip
        return await self.service.call("request_run", **{**arguments, **changed})

    async def queue(self, schedule: Row, key: str = "key", now: datetime = NOW, **changed: object) -> Row:
        arguments: Row = {
            "schedule_id": schedule["id"], "workspace_id": schedule["workspace_id"],
            "user_id": schedule["created_by"], "key": key, "worst_costs": WORST_COSTS, "count": None,
            "quality": None, "priority": None, "retries": None, "publish": True, "now": now,
        }  # fmt: skip
        return await self.service.call("queue_run", **{**arguments, **changed})

    async def record(self, run: Row, attempt: Row, answer: Row | None = None, now: datetime = NOW + MINUTE) -> Row:
        return await self.service.call(
            "record_attempt", run_id=run["id"], fence=run["fence"], attempt=attempt, answer=answer, now=now
        )

    async def finish(self, run: Row, now: datetime = NOW + MINUTE, items: int = 1, cost: int = 0) -> Row:
        return await self.service.call(
            "finish_run",
            run_id=run["id"],
            fence=run["fence"],
            contents=contents(items),
            measured=measured(cost),
            now=now,
            known=None,
            handover=None,
        )

    async def fail(
        self, run: Row, now: datetime = NOW + MINUTE, *, final: bool = False, cost: int = 0, **changed: object
    ) -> Row:
        arguments: Row = {
            "run_id": run["id"], "fence": run["fence"], "final": final, "reason": "model",
            "error": {"code": "overloaded", "message": "try later"}, "measured": measured(cost),
            "retry_at": None if final else now + MINUTE, "now": now,
        }  # fmt: skip
        return await self.service.call("fail_run", **{**arguments, **changed})

    async def advance(
        self, schedule: Row, next_run_at: datetime | None, due_at: datetime = NOW, now: datetime = NOW
    ) -> Row:
        return await self.service.call(
            "advance_schedule",
            schedule_id=schedule["id"],
            due_at=due_at,
            revision=schedule["revision"],
            next_run_at=next_run_at,
            late_at=next_run_at and next_run_at + HOUR / 2,
            now=now,
        )

    async def arm(self, schedule: Row, message_id: str = "msg", now: datetime = NOW - HOUR) -> Row:
        armed = {
            "schedule_id": schedule["id"], "due_at": schedule["next_run_at"], "revision": schedule["revision"],
            "message_id": message_id,
        }  # fmt: skip
        return await self.service.call("mark_armed", armed=[armed], now=now)

    async def sweep(
        self, now: datetime, horizon: timedelta = timedelta(days=6), after: Row | None = None, limit: int = 200
    ) -> Row:
        return await self.service.call("sweep_work", now=now, horizon=horizon, after=after, limit=limit)

    async def stop_workspace(self, workspace_id: str, at: datetime | None = NOW) -> None:
        await self.owner.execute("update app.workspaces set paused_at = $2 where id = $1", workspace_id, at)

    async def lapse(self, workspace_id: str, at: datetime = NOW - HOUR) -> None:
        await self.service.call(
            "set_subscription", workspace_id=workspace_id, plan="team", status="canceled", period_end=at, now=at
        )

    async def stored(self, schedule: Row) -> Row:
        """The schedule's row as it is now."""
        return dict(await self.owner.fetchrow("select * from app.schedules where id = $1", schedule["id"]))

    async def ledger(self, schedule: Row) -> list[tuple[datetime | None, str, str | None]]:
        """(due time, status, reason), the oldest first."""
        rows = await self.owner.fetch(
            "select due_at, status, reason from app.runs where schedule_id = $1 "
            "order by coalesce(due_at, created_at), id", schedule["id"],
        )  # fmt: skip
        return [(row["due_at"], row["status"], row["reason"]) for row in rows]

    async def day(self, workspace_id: str) -> tuple[int, int, int]:
        """Today's (runs, reserved cost, spent cost)."""
        row = await self.owner.fetchrow(
            "select runs, reserved_cost, spent_cost from app.budget_days where workspace_id = $1 and day = $2",
            workspace_id, NOW.date(),
        )  # fmt: skip
        return (row["runs"], row["reserved_cost"], row["spent_cost"]) if row else (0, 0, 0)


def claim_arguments(schedule: Row, due_at: datetime = NOW, now: datetime = NOW, **changed: object) -> Row:
    return {
        "schedule_id": schedule["id"], "due_at": due_at, "claim_id": "claim", "message_id": "msg", "lease": LEASE,
        "worst_costs": WORST_COSTS, "now": now, **changed,
    }  # fmt: skip


def contents(items: int = 1) -> list[Row]:
    return [
        {
            "item": n, "kind": "x_post", "title": None, "body": f"post {n}", "segments": None, "word_count": 2,
            "angle": f"angle {n}", "memory": f"post {n}", "verdict": PASSED, "score": 80, "meta": {},
        }
        for n in range(items)
    ]  # fmt: skip


def measured(cost: int = 0) -> Row:
    return {"model_attempts": [model_attempt(str(uuid.uuid4()), cost)], "prompt_version": "v1"}


def model_attempt(attempt_id: str, cost: int = 0, **changed: object) -> Row:
    """One call of a model."""
    return {
        "id": attempt_id, "item": 0, "step": 0, "model": "own/writer", "outcome": "accepted", "latency_ms": 5,
        "tokens_in": 10, "tokens_out": 20, "cost": cost, "request_id": None, **changed,
    }  # fmt: skip


def model_answer(item: int = 0, step: int = 0, fingerprint: str = "asked", **changed: object) -> Row:
    return {
        "item": item, "step": step, "fingerprint": fingerprint, "angle": "myth", "model": "own/writer",
        "fields": {"text": f"post {item}"}, "text": "{}", **changed,
    }  # fmt: skip


@contextmanager
def refused(status: int, code: str) -> Iterator[None]:
    """The function ends the call with this HTTP status and this code."""
    with pytest.raises(asyncpg.PostgresError) as caught:
        yield
    assert (caught.value.sqlstate, caught.value.message) == (f"PT{status}", code)


async def _speak_json(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", decoder=json.loads, encoder=lambda value: json.dumps(value, default=_iso)
    )


def _iso(value: object) -> str:
    assert isinstance(value, datetime | uuid.UUID), value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def at(text: str) -> datetime:
    """A time of a jsonb answer."""
    return datetime.fromisoformat(text)
