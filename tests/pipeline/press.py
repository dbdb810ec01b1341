"""Accounts on every platform, texts for them, and publications that wait, in the whole stack; a day for each test.

account = await press.connect("mastodon")
publication = await press.publish(account, at=press.at(9))
await press.until(9, 1)
assert await press.story(publication) == "published"
"""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import count
from typing import Any

import pytest

from dev.platforms.every import ASSISTED
from dev.platforms.script import Fault
from dev.platforms.stand_in import Made, StandIn
from dev.qstash import QStash
from lib.services import Services
from tests.databases import Clones
from tests.pipeline.taps import Tap
from tests.stack import Row, World, open_world

PUBLISH = "/api/content/publish"
MOST_AT_ONCE = 20  # accounts of one wish
IN_A_YEAR = timedelta(days=365)


@dataclass
class Press:
    """`texts`: contents that nobody has published yet, by their kind; `names`: accounts' platform and name there."""

    world: World
    database: Tap  # on the way from the app to the database
    midnight: datetime
    texts: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def services(self) -> Services:
        services: Services = self.world.stack.app.state.services
        return services

    @property
    def qstash(self) -> QStash:
        return self.world.stack.qstash

    def at(self, hour: int, minute: int = 0, second: int = 0) -> datetime:
        return self.midnight + timedelta(hours=hour, minutes=minute, seconds=second)

    async def until(self, hour: int, minute: int = 0, second: int = 0) -> None:
        await self.world.until(self.at(hour, minute, second))

    def stand_in(self, platform: str) -> StandIn:
        return self.world.stack.platforms[platform]

    def of(self, account: str) -> tuple[StandIn, str]:
        """Its stand-in, and its name there."""
        platform, name = self.names[account]
        return self.stand_in(platform), name

    async def connect(self, platform: str) -> str:
        """A new account there, as its owner would connect it; its id."""
        name = f"ada{next(self.numbers)}"
        account = await self.world.connect(platform, name)
        self.names[account] = (platform, name)
        return account

    def fail(self, account: str, *faults: Fault) -> None:
        """The next calls of this account go wrong."""
        stand_in, name = self.of(account)
        stand_in.script.fail(*faults, account=name)

    def made(self, account: str) -> list[Made]:
        """What is to be seen at this account, oldest first."""
        stand_in, name = self.of(account)
        return stand_in.made_by(name)

    def ids(self, account: str) -> list[str]:
        """Of what is to be seen, as the platform has them."""
        return [made.external_id for made in self.made(account)]

    async def text(self, kind: str = "x_post") -> str:
        """A content that nobody has published yet."""
        waiting = self.texts.setdefault(kind, [])
        while not waiting:
            schedule = await self.world.create(contentType=kind, startsAt=(self.midnight + IN_A_YEAR).isoformat())
            ran = await self.world.change("run", schedule, count=10)
            waiting += [it["id"] for it in ran["run"]["contents"] if it["status"] == "draft"]
        return waiting.pop(0)

    async def publish(
        self, account: str, *, text: str | None = None, kind: str = "x_post", at: datetime | None = None
    ) -> str:
        """The publication of a text there, at once or at its time."""
        return (await self.publish_to([account], text=text, kind=kind, at=at))[0]

    async def publish_to(
        self, accounts: Sequence[str], *, text: str | None = None, kind: str = "x_post", at: datetime | None = None
    ) -> list[str]:
        """The publications of one text at each of these accounts."""
        wish: dict[str, Any] = {"contentId": text or await self.text(kind)}
        if at is not None:
            wish["publishAt"] = at.isoformat()
        found: dict[str, str] = {}
        for start in range(0, len(accounts), MOST_AT_ONCE):
            some = list(accounts[start : start + MOST_AT_ONCE])
            made = await self.world.person.post("/api/publication/create", accountIds=some, **wish)
            found |= {it["accountId"]: it["id"] for it in made["publications"]}
        return [found[account] for account in accounts]

    async def row(self, publication: str) -> Row:
        """With its jsonb read."""
        found = await self.world.ledger.fetchrow("select * from app.publications where id = $1", publication)
        assert found is not None
        return {**found, **{name: json.loads(found[name]) for name in ("parts", "reads", "errors")}}

    async def sent(self, *publications: str) -> list[str]:
        """The platform's ids of all parts that the ledger has of them."""
        rows = [await self.row(publication) for publication in publications]
        return [part["external_id"].partition("|")[0] for row in rows for part in row["parts"]]  # Bluesky's with a cid

    async def story(self, publication: str) -> str:
        """Where it stands, in words: `published`, `failed: refused`."""
        row = await self.row(publication)
        return str(row["status"]) + (f": {row['reason']}" if row["reason"] else "")

    async def account(self, account: str) -> Row:
        found = await self.world.ledger.fetchrow("select * from app.accounts where id = $1", account)
        assert found is not None
        return dict(found)

    async def knock(self, publication: str) -> Any:
        """Deliver a message about it."""
        return await self.world.deliver({"publicationId": publication}, path=PUBLISH)

    def lose_messages(self) -> None:
        """Nothing that QStash has to deliver is ever delivered."""
        for message in self.qstash.pending():
            self.qstash.cancel(message)


@pytest.fixture(scope="module")
async def open_press(clones: Clones) -> AsyncIterator[Press]:
    database = await clones.take()
    async with open_world(database, with_crons=False) as world:
        yield Press(world, Tap(world.stack.lines.gateway), world.now)
    await database.drop()


@pytest.fixture
async def press(open_press: Press) -> AsyncIterator[Press]:
    """Another day from 08:30 on. When it is over nothing is to be seen twice, and at no account were two at once."""
    world = open_press.world
    open_press.midnight = datetime.combine(world.now.date() + timedelta(days=1), time(), world.now.tzinfo)
    world.skip(to=open_press.at(8, 30))
    yield open_press
    assert open_press.database.is_used_up
    await world.settle()
    platforms = world.stack.platforms
    assert platforms.doubles() == []
    for platform, name in open_press.names.values():
        assert platform in ASSISTED or platforms[platform].most_in_flight[name] <= 1
