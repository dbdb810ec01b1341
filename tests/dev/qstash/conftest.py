from collections.abc import AsyncIterator

import pytest

from tests.dev.qstash.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.close()
