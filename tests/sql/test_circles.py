"""Whoever does what at the same time: nobody waits for another in a circle, and what is out stays as it was sent."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from tests.sql.callers import Row
from tests.sql.deciding import approve, edit, reject, until
from tests.sql.publishing import NOT_TAKEN, OUT, REFUSED, Publishing, begin, claim, publishing, settle, sweep
from tests.sql.stopped import go_on, stop
from tests.sql.world import HOUR, MINUTE, NOW, World

ACCOUNTS, CONTENTS, DEEDS = 3, 4, 160
AT_ONCE = 16


class Crowd:
    """People, messages and sweeps who all act on the same few contents and accounts."""

    def __init__(self, world: World, press: Publishing, rows: list[Row], seed: int) -> None:
        self.world, self.press, self.rows = world, press, rows
        self.random = random.Random(seed)  # noqa: S311
        self.now = NOW
        self.deeds: list[Callable[[Row], Awaitable[object]]] = [
            self.publish, self.publish, self.publish, self.approve, self.edit, self.reject, self.link, self.wait,
            self.lose, self.retry, self.void, self.request, self.stop, self.go_on, self.drive, self.pause,
        ]  # fmt: skip

    async def act(self, number: int) -> None:
        self.now = NOW + number * MINUTE / 4
        deed = self.random.choice(self.deeds)
        try:
            await deed(self.random.choice(self.rows))
        except asyncpg.DeadlockDetectedError:
            pytest.fail(f"a circle, met by {deed.__name__}")
        except asyncpg.PostgresError as exc:
            if not (exc.sqlstate or "").startswith("PT"):
                raise

    async def publish(self, row: Row) -> None:
        got = await claim(self.world, row, self.now)
        if got["outcome"] == "claimed":
            publication = got["publication"]
            begun = await begin(self.world, publication, self.now, got["content"]["version"])
            if begun["outcome"] == "begun":
                await settle(self.world, publication, self.random.choice([OUT, NOT_TAKEN, REFUSED]), self.now)

    async def approve(self, row: Row) -> None:
        await approve(self.press.person, row, None, self.now)

    async def edit(self, row: Row) -> None:
        version = await self.world.owner.fetchval("select version from app.contents where id = $1", row["content_id"])
        await edit(self.press.person, row, version, self.now, body=f"version {version}")

    async def reject(self, row: Row) -> None:
        if self.random.random() < 0.2:
            await reject(self.press.person, row, now=self.now)

    async def link(self, row: Row) -> None:
        link_id = str(uuid.uuid4())
        await self.press.person.call(
            "create_approval_link", link_id=link_id, content_id=row["content_id"], expires_at=self.now + HOUR,
            now=self.now,
        )  # fmt: skip
        await self.world.service.call("use_approval_link", link_id=link_id, decision="approve", note=None, now=self.now)

    async def wait(self, _: Row) -> None:
        await self.world.service.call("settle_deadlines", now=self.now, limit=50)

    async def lose(self, row: Row) -> None:
        status = self.random.choice(["active", "active", "needs_reauth"])
        await self.world.service.call(
            "mark_account", account_id=row["account_id"], version=1, status=status, reason="said so", now=self.now
        )

    async def retry(self, row: Row) -> None:
        await self.press.person.call("retry_publication", publication_id=row["id"], confirm=False, now=self.now)

    async def void(self, row: Row) -> None:
        if self.random.random() < 0.3:
            await self.press.person.call("void_publication", publication_id=row["id"], now=self.now)

    async def request(self, row: Row) -> None:
        await self.press.person.call(
            "publish_content", content_id=row["content_id"], account_ids=self.press.accounts, publish_at=None,
            now=self.now,
        )  # fmt: skip

    async def stop(self, _: Row) -> None:
        await stop(self.press.person, self.now)

    async def go_on(self, _: Row) -> None:
        await go_on(self.press.person, self.random.choice(["skip", "catch_up", "spread"]), self.now)

    async def drive(self, _: Row) -> None:
        await self.world.service.call("redrive_dead_letters", now=self.now, limit=50)
        await sweep(self.world, self.now)
        await self.world.service.call("take_notices", now=self.now, hold=MINUTE, limit=5)

    async def pause(self, row: Row) -> None:
        schedule = {"schedule_id": row["schedule_id"], "now": self.now}
        if self.random.random() < 0.3:
            await self.press.person.call("pause_schedule", **schedule)
        else:
            await self.press.person.call(
                "resume_schedule", **schedule, next_run_at=self.now + HOUR, late_at=self.now + 2 * HOUR
            )


@pytest.mark.parametrize("seed", range(3))
async def test_nobody_waits_for_another_in_a_circle(world: World, seed: int) -> None:
    press = await publishing(world, accounts=ACCOUNTS)
    rows = []
    for n in range(CONTENTS):
        handover = until("publish", NOW + 10 * MINUTE) if n % 2 else {}
        rows += await press.write(NOW, now=NOW - (CONTENTS - n) * MINUTE, **handover)
    crowd = Crowd(world, press, rows, seed)
    slots = asyncio.Semaphore(AT_ONCE)

    async def act(number: int) -> None:
        async with slots:
            await crowd.act(number)

    await asyncio.gather(*(act(number) for number in range(DEEDS)))
    strange = await world.owner.fetch(
        """
        select p.id, p.status, c.status as content from app.publications p join app.contents c on c.id = p.content_id
        where (p.status = 'published' and c.status <> 'published')
          or (p.status = 'waiting' and c.status in ('rejected', 'expired', 'draft'))
          or (p.status = 'published' and p.version <> c.version)
        """
    )
    assert [dict(it) for it in strange] == []
