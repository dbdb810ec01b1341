"""The key to seal with is changed while people publish."""

import base64
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from lib.adapters.vault import Vault
from lib.clock import utc_now
from lib.errors import NotConfigured
from lib.pipeline.reseal import PAGE, Resealed, reseal
from lib.services import Services
from lib.settings import Settings, read_keys
from tests.databases import Clones
from tests.stack import World, open_world

NEW = {"new": os.urandom(32)}


@pytest.fixture(scope="module")
async def world(clones: Clones) -> AsyncIterator[World]:
    database = await clones.take()
    async with open_world(database, with_crons=False) as opened:
        yield opened
    await database.drop()


def keys_of(world: World) -> Mapping[str, bytes]:
    return read_keys(world.stack.settings_env()["CREDENTIALS_KEYS"])


@asynccontextmanager
async def services(world: World, keys: Mapping[str, bytes]) -> AsyncIterator[Services]:
    """As after a deployment with these keys, the first of them to seal with."""
    told = ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys.items())
    settings = Settings.from_environment({**world.stack.settings_env(), "CREDENTIALS_KEYS": told})
    opened = Services(settings, utc_now)
    yield opened
    await opened.close()


async def stored(world: World) -> list[Any]:
    return await world.ledger.fetch("select account_id::text, key_id, sealed, version from app.credentials order by 1")


async def put_back(world: World) -> None:
    """Everything as the stack's own key sealed it."""
    keys = keys_of(world)
    async with services(world, {**keys, **NEW}) as opened:
        await reseal(opened, world.now)


async def test_everything_is_sealed_anew_and_the_old_key_can_go(world: World) -> None:
    for platform in ("discord", "wordpress", "newsletter"):
        await world.connect(platform)
    old, before = keys_of(world), await stored(world)
    async with services(world, {**NEW, **old}) as opened:
        assert await reseal(opened, world.now) == Resealed(done=3)
    after = await stored(world)
    was, now_only = Vault(old), Vault(NEW)
    for one, other in zip(before, after, strict=True):
        assert (other["key_id"], other["account_id"], other["version"]) == ("new", one["account_id"], one["version"])
        secrets = was.open(one["account_id"], one["key_id"], one["sealed"])
        assert now_only.open(other["account_id"], "new", other["sealed"]) == secrets
    await put_back(world)


async def test_repeated_it_finds_nothing_to_do(world: World) -> None:
    await world.connect("discord")
    old = keys_of(world)
    async with services(world, {**NEW, **old}) as opened:
        first = await reseal(opened, world.now)
        rows = await stored(world)
        assert first.done >= 1
        assert await reseal(opened, world.now) == Resealed()
    assert await stored(world) == rows
    await put_back(world)


async def test_one_that_does_not_open_stays_and_holds_up_nobody(world: World) -> None:
    for platform in ("discord", "slack"):
        await world.connect(platform)
    old, rows = keys_of(world), await stored(world)
    broken = rows[0]
    await world.ledger.execute(
        "update app.credentials set key_id = 'gone' where account_id = $1::text::uuid", broken["account_id"]
    )
    async with services(world, {**NEW, **old}) as opened:
        resealed = await reseal(opened, world.now)
    assert resealed == Resealed(done=len(rows) - 1, unopened=1)
    assert not resealed.is_complete
    left = next(row for row in await stored(world) if row["account_id"] == broken["account_id"])
    assert (left["key_id"], left["sealed"]) == ("gone", broken["sealed"])
    await world.ledger.execute(
        "update app.credentials set key_id = $2 where account_id = $1::text::uuid",
        *(broken["account_id"], broken["key_id"]),
    )
    await put_back(world)


class Overtaken:
    """The database, in which somebody renews an account's tokens between our look and our write."""

    def __init__(self, store: Any, world: World) -> None:
        self._store = store
        self._world = world

    async def list_credentials(self, **asked: Any) -> Any:
        page = await self._store.list_credentials(**asked)
        await self._world.ledger.execute("update app.credentials set version = version + 1, sealed = 'newer'")
        return page

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def test_what_somebody_has_changed_meanwhile_is_left_as_it_is(world: World) -> None:
    await world.connect("discord")
    old, rows = keys_of(world), await stored(world)
    async with services(world, {**NEW, **old}) as opened:
        opened.__dict__["store"] = Overtaken(opened.store, world)
        resealed = await reseal(opened, world.now)
    assert resealed == Resealed(changed=len(rows))
    assert {row["sealed"] for row in await stored(world)} == {"newer"}
    for row in rows:
        await world.ledger.execute(
            "update app.credentials set sealed = $2, version = $3 where account_id = $1::text::uuid",
            *(row["account_id"], row["sealed"], row["version"]),
        )


async def test_more_than_a_page_of_them_is_done_and_of_broken_ones_passed(world: World) -> None:
    await world.connect("discord")
    old = keys_of(world)
    vault, (first, *_) = Vault(old), await stored(world)
    workspace = await world.ledger.fetchval(
        "select workspace_id from app.accounts where id = $1::text::uuid", first["account_id"]
    )
    made = await world.ledger.fetch(
        """insert into app.accounts (id, workspace_id, platform, name, external_id, created_at, updated_at)
           select gen_random_uuid(), $1, 'slack', 'many', n::text, now(), now() from generate_series(1, $2) n
           returning id::text""",
        *(workspace, PAGE + 50),
    )
    rows = [(row["id"], workspace, *vault.seal(row["id"], {"url": "x"})) for row in made]
    await world.ledger.executemany(
        """insert into app.credentials (account_id, workspace_id, key_id, sealed, updated_at)
           values ($1::text::uuid, $2, $3, $4, now())""",
        rows,
    )
    total = len(await stored(world))
    async with services(world, NEW) as opened:
        assert await reseal(opened, world.now) == Resealed(unopened=total)
    async with services(world, {**NEW, **old}) as opened:
        assert await reseal(opened, world.now) == Resealed(done=total)
    assert {row["key_id"] for row in await stored(world)} == {"new"}


async def test_without_a_key_nothing_is_touched(world: World) -> None:
    variables = {**world.stack.settings_env(), "CREDENTIALS_KEYS": ""}
    opened = Services(Settings.from_environment(variables), utc_now)
    with pytest.raises(NotConfigured):
        await reseal(opened, world.now)
    await opened.close()
