from collections.abc import AsyncIterator

import pytest

from tests.databases import Database
from tests.sql.world import World


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    async with World(database) as world:
        yield world
