"""Accounts and publications, as the tests of the SQL functions know them."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.sql.callers import Person, Row
from tests.sql.world import MINUTE, NOW, World, contents, measured

LEASE = timedelta(minutes=5)
HORIZON = timedelta(days=6)
APPROVED = {"status": "pending_publish", "approve_by": None, "on_deadline": None}
OUT: Row = {"status": "published", "parts": [{"external_id": "post-1", "url": "https://x.test/1"}], "cost": 15_000}
NOT_TAKEN: Row = {"status": "waiting", "error": {"fault": "unsent", "code": "publish_unsent", "message": "no route"}}
REFUSED: Row = {
    "status": "failed", "reason": "refused", "cause": "platform",
    "error": {"fault": "refused", "code": "publish_refused", "message": "no such thing here"},
}  # fmt: skip
NO_REPLY: Row = {
    "status": "unknown", "reason": "no_reply", "read": {"outcome": "no_reply"},
    "error": {"fault": "unknown", "code": "publish_unknown", "message": "timed out"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Publishing:
    """A person with a schedule that publishes; `accounts` are its targets."""

    world: World
    person: Person
    schedule: Row
    accounts: list[str]

    @property
    def account(self) -> str:
        return self.accounts[0]

    async def write(
        self, publish_at: datetime = NOW, *, late_at: datetime | None = None, items: int = 1,
        accounts: list[str] | None = None, now: datetime = NOW, rows: list[Row] | None = None, **handover: object,
    ) -> list[Row]:  # fmt: skip
        """What a run of this schedule has written and handed over; its publications as they are stored."""
        claim = await self.world.claim_new(self.schedule, now)
        run = claim["run"]
        targets = [
            {"item": item, "account_id": account_id, "publish_at": publish_at, "late_at": late_at}
            for item in range(items) for account_id in accounts or self.accounts
        ]  # fmt: skip
        saved = await self.world.service.call(
            "finish_run", run_id=run["id"], fence=run["fence"], contents=rows or contents(items), measured=measured(),
            now=now, known=None, handover={**APPROVED, **handover, "targets": targets},
        )  # fmt: skip
        assert saved["outcome"] == "succeeded"
        return await self.of_run(run["id"])

    async def of_run(self, run_id: str) -> list[Row]:
        rows = await self.world.owner.fetch(
            "select p.* from app.publications p join app.contents c on c.id = p.content_id "
            "where c.run_id = $1 order by c.item, p.account_id", run_id,
        )  # fmt: skip
        return [dict(row) for row in rows]


async def publishing(world: World, accounts: int = 1) -> Publishing:
    ada = await world.person()
    ids = [await connect(world, ada) for _ in range(accounts)]
    settings = {"prompt": "coffee", "language": "ko", "targets": ids}
    return Publishing(world, ada, await world.schedule(ada, settings=settings), ids)


async def connect(world: World, person: Person, platform: str = "x", **columns: object) -> str:
    account_id = str(uuid.uuid4())
    row: Row = {
        "id": account_id, "workspace_id": person.id, "platform": platform, "name": "@ada", "external_id": account_id,
        "created_by": person.id, "created_at": NOW, "updated_at": NOW, **columns,
    }  # fmt: skip
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await world.owner.execute(
        f"insert into app.accounts ({', '.join(row)}) values ({places})",  # noqa: S608
        *row.values(),
    )
    await world.owner.execute(
        "insert into app.credentials (account_id, workspace_id, key_id, sealed, updated_at) "
        "values ($1, $2, 'k1', 'sealed', $3)", account_id, person.id, NOW - MINUTE,
    )  # fmt: skip
    return account_id


async def stored(world: World, publication: Row) -> Row:
    return dict(await world.owner.fetchrow("select * from app.publications where id = $1", publication["id"]))


async def content_status(world: World, publication: Row) -> str:
    status: str = await world.owner.fetchval("select status from app.contents where id = $1", publication["content_id"])
    return status


def claiming(publication: Row, now: datetime = NOW, claim_id: str = "claim") -> Row:
    return {"publication_id": publication["id"], "claim_id": claim_id, "lease": LEASE, "now": now}


def beginning(publication: Row, now: datetime = NOW, version: int = 1) -> Row:
    return {"publication_id": publication["id"], "fence": publication["fence"], "version": version, "now": now}


def settling(publication: Row, settlement: Row, now: datetime = NOW + MINUTE) -> Row:
    return {
        "publication_id": publication["id"], "fence": publication["fence"], "settlement": settlement, "now": now,
    }  # fmt: skip


async def claim(world: World, publication: Row, now: datetime = NOW, claim_id: str | None = None) -> Row:
    """Each call is another claimant, unless it is named."""
    return await world.service.call("claim_publication", **claiming(publication, now, claim_id or str(uuid.uuid4())))


async def claimed(world: World, publication: Row, now: datetime = NOW) -> Row:
    """The publication as whoever has claimed it got it."""
    answer = await claim(world, publication, now)
    assert (answer["outcome"], answer["publication"]["id"]) == ("claimed", str(publication["id"]))
    row: Row = answer["publication"]
    return row


async def begin(world: World, publication: Row, now: datetime = NOW, version: int = 1) -> Row:
    return await world.service.call("begin_attempt", **beginning(publication, now, version))


async def sending(world: World, publication: Row, now: datetime = NOW) -> Row:
    """Claimed, and about to be sent."""
    row = await claimed(world, publication, now)
    assert (await begin(world, row, now))["outcome"] == "begun"
    return row


async def record(
    world: World, publication: Row, number: int, now: datetime = NOW + MINUTE, external_id: str | None = None
) -> Row:
    part = {"external_id": external_id or f"part-{number}", "url": f"https://x.test/{number}"}
    return await world.service.call(
        "record_part", publication_id=publication["id"], fence=publication["fence"], number=number, part=part, cost=10,
        now=now,
    )  # fmt: skip


async def settle(world: World, publication: Row, settlement: Row, now: datetime = NOW + MINUTE) -> Row:
    return await world.service.call("settle_publication", **settling(publication, settlement, now))


async def arm(world: World, publication: Row, armed_for: datetime, message_id: str, now: datetime = NOW) -> int:
    told = {"publication_id": publication["id"], "armed_for": armed_for, "message_id": message_id}
    answer = await world.service.call("mark_publications_armed", armed=[told], now=now)
    count: int = answer["armed"]
    return count


async def sweep(
    world: World, now: datetime, horizon: timedelta = HORIZON, after: Row | None = None, limit: int = 200
) -> Row:
    return await world.service.call("sweep_publications", now=now, horizon=horizon, after=after, limit=limit)


async def swept(world: World, now: datetime, horizon: timedelta = HORIZON) -> list[str]:
    """The ids of what the sweep finds."""
    return [it["id"] for it in (await sweep(world, now, horizon))["publications"]]


async def alerts(world: World) -> list[tuple[str, str]]:
    """(kind, subject) of those that are open and of which somebody is to be told."""
    rows = await world.owner.fetch(
        "select kind, subject from app.alerts where resolved_at is null and notify_at is not null "
        "order by kind, subject"
    )
    return [(row["kind"], row["subject"]) for row in rows]
