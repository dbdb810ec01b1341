"""The whole product on virtual time, with one person who uses it, and the ledger as its owner sees it.

async with open_world(database) as world:
    schedule = await world.create(frequency="hourly", timeOfDay="09:00")     # at 08:30
    await world.until(at(9, 5))
    assert await world.story(schedule) == ["09:00 succeeded"]
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from dev.clock import VirtualClock
from dev.models.script import Fault
from dev.person import Person, signed_in
from dev.platforms.connecting import connect
from dev.qstash.signing import sign
from dev.serving import Trouble
from dev.stack import Dsns, Stack, open_stack
from tests.databases import Database
from tests.soundness import assert_ledger_sound
from tests.soundness_of_publishing import assert_published_once

DAY = datetime(2026, 12, 1, tzinfo=UTC)  # a Tuesday
GENERATE = "/api/content/generate-scheduled"
FAILED = "/api/qstash/failed"
SWEEP = "/api/cron/check-schedules"
PASSWORD = "a long password"
SWEEPS_TO_SETTLE = 4
WORK_LEFT = """
    select exists (select from app.runs where status in ('running', 'retrying'))
        or exists (select from app.schedules where next_run_at <= $1 and deleted_at is null)
        or exists (select from app.publications p join app.accounts a on a.id = p.account_id
          where p.status = 'publishing' or (p.status = 'unknown' and p.read_at is not null)
            or (p.status = 'waiting' and a.status = 'active' and p.publish_at <= $1))"""

type Row = Mapping[str, Any]


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 0) -> datetime:
    """A time of the first virtual day, or of one after it."""
    return DAY + timedelta(days=day, hours=hour, minutes=minute, seconds=second)


MORNING = at(8, 30)


@dataclass(frozen=True, slots=True)
class World:
    """`ledger` reads and writes every row; `outside` is somebody who only knows the product's address."""

    stack: Stack
    person: Person
    ledger: asyncpg.Connection
    outside: httpx.AsyncClient

    @property
    def now(self) -> datetime:
        return self.stack.clock.now()

    @property
    def model_calls(self) -> int:
        """Of all vendors' models together."""
        return sum(len(model.script.calls) for model in self.stack.models.every())

    def fail_models(self, *faults: Fault) -> None:
        """The next calls of every vendor go wrong."""
        for model in self.stack.models.every():
            model.script.fail(*faults)

    def trouble_models(self, trouble: Trouble) -> None:
        """No vendor can be reached as usual, until told otherwise."""
        for line in self.stack.lines.of_models():
            line.trouble = trouble

    async def create(self, **fields: Any) -> str:
        """A schedule through the front door, hourly on the full hour by default; its id."""
        wish = {"name": "Tea", "contentType": "x_post", "frequency": "hourly", "timeOfDay": "09:00", "timezone": "UTC"}
        made = await self.person.post("/api/schedule/create", **{**wish, **fields})
        return str(made["schedule"]["id"])

    async def connect(self, platform: str, name: str = "tea") -> str:
        """An account at the platform's stand-in, through the front door; its id. Connected anew if it was before."""
        return str((await connect(self.stack, self.person, platform, name))["id"])

    async def change(self, verb: str, schedule_id: str, **fields: Any) -> dict[str, Any]:
        """`update`, `pause`, `resume`, `delete`, `restore` or `run`, as the person sees the schedule now."""
        if verb == "update":
            fields = {"revision": (await self.schedule(schedule_id))["revision"], **fields}
        return await self.person.post(f"/api/schedule/{verb}", scheduleId=schedule_id, **fields)

    async def until(self, moment: datetime) -> None:
        """Let time pass, with everything that QStash has to deliver meanwhile."""
        await self.stack.advance(moment - self.now)

    def skip(self, to: datetime) -> None:
        """Let time pass without anything happening: what is due waits."""
        assert isinstance(self.stack.clock, VirtualClock)
        self.stack.clock.advance(to=to)

    async def deliver(self, body: Any, *, path: str = GENERATE, **headers: str) -> httpx.Response:
        """What QStash would send: signed for now, over exactly this body."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signature = sign(
            self.stack.qstash.keys.current,
            destination=f"{self.stack.url}{path}",
            body=raw,
            token_id=uuid4().hex,
            now=self.now,
        )
        return await self.outside.post(path, content=raw, headers={"Upstash-Signature": signature, **headers})

    async def knock(self, schedule_id: str, due_at: datetime, revision: int = 1) -> httpx.Response:
        """Deliver the message of one occurrence."""
        return await self.deliver({"scheduleId": schedule_id, "timestamp": due_at.isoformat(), "revision": revision})

    async def sweep(self) -> dict[str, Any]:
        """What the cron's call says was done."""
        headers = {"Authorization": f"Bearer {self.stack.secrets.cron_secret}"}
        answer = await self.outside.get(SWEEP, headers=headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def schedule(self, schedule_id: str) -> Row:
        found = await self.ledger.fetchrow("select * from app.schedules where id = $1", schedule_id)
        assert found is not None
        return dict(found)

    async def runs(self, schedule_id: str) -> list[Row]:
        """The schedule's ledger, oldest first."""
        found = await self.ledger.fetch(
            "select * from app.runs where schedule_id = $1 order by coalesce(due_at, created_at), id", schedule_id
        )
        return [dict(row) for row in found]

    async def story(self, schedule_id: str) -> list[str]:
        """The ledger in words: `09:00 succeeded`, `10:00 skipped: paused`; `now` for a manual run."""
        return [told(row) for row in await self.runs(schedule_id)]

    async def contents(self, schedule_id: str) -> int:
        count = await self.ledger.fetchval("select count(*) from app.contents where schedule_id = $1", schedule_id)
        return int(count)

    async def rows_of(self, schedule_id: str) -> list[Row]:
        """The schedule's contents, in the order of runs and items, with their jsonb read."""
        found = await self.ledger.fetch(
            """select c.* from app.contents c join app.runs r on r.id = c.run_id
               where c.schedule_id = $1 order by r.created_at, r.id, c.item""",
            schedule_id,
        )
        return [
            {**row, **{name: json.loads(row[name]) for name in ("verdict", "meta", "segments") if row[name]}}
            for row in found
        ]

    async def publications(self, schedule_id: str) -> list[Row]:
        """What goes or went out of the schedule, in the order of its times, with the account's platform and name."""
        found = await self.ledger.fetch(
            """select p.*, a.platform, a.name as account_name from app.publications p
               join app.accounts a on a.id = p.account_id
               where p.schedule_id = $1 order by p.publish_at, a.platform::text, a.name, p.id""",
            schedule_id,
        )
        return [{**row, **{name: json.loads(row[name]) for name in ("parts", "reads", "errors")}} for row in found]

    async def story_of_publications(self, schedule_id: str) -> list[str]:
        """The same in words: `09:00 mastodon published`, `09:00 x unknown: no_reply`."""
        return [told_publication(row) for row in await self.publications(schedule_id)]

    async def budget(self) -> Row:
        """What is used of today's quota and money, and what is held back."""
        row = await self.ledger.fetchrow("select * from app.budget_days where day = $1", self.now.date())
        return dict(row) if row else {"runs": 0, "reserved_cost": 0, "spent_cost": 0}

    async def settle(self) -> None:
        """Everything works again, and the sweep has come: once at least, and a few times more if there is work left."""
        self.stack.qstash.faults.clear()
        for model in self.stack.models.every():
            model.script.faults.clear()
        self.stack.platforms.clear()
        lines = self.stack.lines
        for line in (self.stack.line, lines.gateway, lines.redis, *lines.of_models(), *lines.platforms.every()):
            line.trouble = Trouble.NONE
        for _ in range(SWEEPS_TO_SETTLE):
            await self.until(self.now + timedelta(minutes=10))
            await self.sweep()
            if not await self.ledger.fetchval(WORK_LEFT, self.now):
                return

    async def write(self, statement: str, *values: Any) -> None:
        """Change a row as no door would."""
        await self.ledger.execute(statement, *values)


def told(row: Row) -> str:
    when = f"{row['due_at'].astimezone(UTC):%H:%M}" if row["due_at"] else "now"
    return f"{when} {row['status']}" + (f": {row['reason']}" if row["reason"] else "")


def told_publication(row: Row) -> str:
    when = f"{row['publish_at'].astimezone(UTC):%H:%M} {row['platform']}"
    return f"{when} {row['status']}" + (f": {row['reason']}" if row["reason"] else "")


@asynccontextmanager
async def open_world(
    database: Database, *, start: datetime = MORNING, plan: str = "team", settles: bool = True, **how: Any
) -> AsyncIterator[World]:
    """The stack over this test's database, and a person with a plan that hardly limits them.

    After a test that passed, things settle (unless told that they cannot) and then the ledger must be sound.
    """
    async with AsyncExitStack() as opened:
        dsns = Dsns.of(database.postgres, database.name)
        stack = await opened.enter_async_context(open_stack(clock=VirtualClock(start), database=dsns, **how))
        person = await opened.enter_async_context(signed_in(stack, "ada@example.com", PASSWORD))
        outside = await opened.enter_async_context(httpx.AsyncClient(base_url=stack.url, timeout=30))
        ledger = await asyncpg.connect(database.owner_dsn)
        opened.push_async_callback(ledger.close)
        await person.get("/api/workspaces")  # makes their own
        await ledger.execute("update app.workspaces set plan = $1", plan)
        world = World(stack, person, ledger, outside)
        yield world
        if settles:
            await world.settle()
        await assert_ledger_sound(ledger, world.now)
        await assert_published_once(stack.platforms, ledger)
