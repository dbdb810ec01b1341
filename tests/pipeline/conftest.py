"""One world for many short tests: each gets a day of its own in it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import pytest

from dev.models.script import Fault
from tests.databases import Clones
from tests.pipeline.desk import desk, open_desk  # noqa: F401  fixtures
from tests.pipeline.press import open_press, press  # noqa: F401  fixtures
from tests.pipeline.taps import Tap
from tests.soundness import assert_ledger_sound
from tests.stack import World, open_world

# Nobody to fall back on: what one model does wrong is seen.
CLAUDE_ALONE = {"MODELS": "anthropic/claude-sonnet-5-5", "PREMIUM_MODELS": "anthropic/claude-opus-5-5"}


@dataclass(frozen=True, slots=True)
class Day:
    """From 08:30 on; nothing is left of the days before. The sweep comes only when called, Claude is the only model."""

    world: World
    midnight: datetime
    database: Tap  # on the way from the app to the database
    model: Tap  # on the way from the app to the model

    def at(self, hour: int, minute: int = 0, second: int = 0) -> datetime:
        return self.midnight + timedelta(hours=hour, minutes=minute, seconds=second)

    async def until(self, hour: int, minute: int = 0) -> None:
        await self.world.until(self.at(hour, minute))


def says(**fields: object) -> Fault:
    """The next call answers just this."""
    return Fault(says=json.dumps(fields))


@pytest.fixture(scope="module")
async def long_world(clones: Clones) -> AsyncIterator[tuple[World, Tap, Tap]]:
    database = await clones.take()
    async with open_world(database, with_crons=False, variables=CLAUDE_ALONE) as world:
        yield world, Tap(world.stack.lines.gateway), Tap(world.stack.lines.models)
    await database.drop()


@pytest.fixture
async def day(long_world: tuple[World, Tap, Tap]) -> AsyncIterator[Day]:
    """The ledger must be sound when it is over."""
    world, database, model = long_world
    async for day in days_in(world, database, model):
        yield day


async def days_in(world: World, database: Tap | None = None, model: Tap | None = None) -> AsyncIterator[Day]:
    """The next day of this world; whatever is left of it is settled and deleted afterwards."""
    lines = world.stack.lines
    database, model = database or Tap(lines.gateway), model or Tap(lines.models)
    midnight = datetime.combine(world.now.date() + timedelta(days=1), time(), world.now.tzinfo)
    world.skip(to=midnight + timedelta(hours=8, minutes=30))
    yield Day(world, midnight, database, model)
    assert database.is_used_up
    assert model.is_used_up
    await world.settle()
    await assert_ledger_sound(world.ledger, world.now)
    for row in await world.ledger.fetch("select id from app.schedules where deleted_at is null"):
        await world.change("delete", str(row["id"]))
