"""A vendor's stand-in on one address for a module's tests."""

from collections.abc import AsyncIterator

import httpx
import pytest

from dev.serving import listen, serving, url_of
from lib.loops import PerLoop
from tests.adapters.vendors import Wire, pool


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[Wire]:
    wire, sock = Wire(), listen()
    wire.url = url_of(sock)
    async with serving(wire, sock):
        yield wire


@pytest.fixture
async def connections(served: Wire) -> AsyncIterator[PerLoop[httpx.AsyncClient]]:
    kept = pool()
    yield kept
    for writer in served.made:
        await writer.close()
    await kept.close()
