"""What every test may ask for: a database of its own, on a real Postgres that starts with the first test to want it."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dev.database import migrate, prepare_database
from dev.postgres import Postgres
from tests.databases import Clones, Database

if TYPE_CHECKING:
    from tests.stack import World

TEMPLATE = "drumbeat_template"


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[Postgres]:
    """One server for the whole session, with a migrated template database."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-") as folder:
        async with Postgres(Path(folder), durable=False) as server:
            await prepare_database(server.superuser_dsn(), TEMPLATE)
            await migrate(server.owner_dsn(TEMPLATE))
            yield server


@pytest.fixture(scope="session")
async def clones(postgres: Postgres) -> AsyncIterator[Clones]:
    clones = Clones(postgres, TEMPLATE)
    yield clones
    await clones.close()


@pytest.fixture
async def database(clones: Clones) -> AsyncIterator[Database]:
    """A migrated database without rows, for one test."""
    database = await clones.take()
    yield database
    await database.drop()


@pytest.fixture
async def world(database: Database) -> AsyncIterator["World"]:
    """The whole product at 08:30 of a virtual day, with one person; QStash calls the sweep every ten minutes."""
    from tests.stack import open_world

    async with open_world(database) as opened:
        yield opened
