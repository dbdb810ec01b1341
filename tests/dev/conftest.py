"""The platforms' stand-ins at the wire, on virtual time, without the product."""

from collections.abc import AsyncIterator

import pytest

from tests.dev.platform_desk import PlatformDesk, open_platforms


@pytest.fixture
async def desk() -> AsyncIterator[PlatformDesk]:
    async with open_platforms() as opened:
        yield opened
