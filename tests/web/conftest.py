"""The whole product on one stack for the doors' tests; each test brings people of its own."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count

import pytest

from dev.clock import VirtualClock
from dev.postgres import Postgres
from dev.stack import Dsns, Stack, open_stack
from tests.conftest import TEMPLATE
from tests.web.client import Client

START = datetime(2026, 11, 21, 3, 4, 5, tzinfo=UTC)  # a Saturday, 12:04 in Seoul
_numbers = count(1)


@pytest.fixture(scope="module")
async def stack(postgres: Postgres) -> AsyncIterator[Stack]:
    """One for all tests of a module: its time only ever goes forward."""
    name = f"doors_{next(_numbers)}"
    await postgres.create_database(name, TEMPLATE)
    async with open_stack(clock=VirtualClock(START), database=Dsns.of(postgres, name), with_crons=False) as stack:
        yield stack
    await postgres.drop_database(name)


@pytest.fixture
async def ada(stack: Stack) -> AsyncIterator[Client]:
    """Somebody new, signed in by token."""
    async with Client.signed_up(stack, f"ada{next(_numbers)}@example.com") as client:
        yield client


@pytest.fixture
async def bob(stack: Stack) -> AsyncIterator[Client]:
    """Somebody else, with a workspace of their own."""
    async with Client.signed_up(stack, f"bob{next(_numbers)}@example.com") as client:
        yield client


@pytest.fixture(scope="module")
async def anybody(stack: Stack) -> AsyncIterator[Client]:
    """One person for all tests of a module: for what is refused anyway."""
    async with Client.signed_up(stack, "anybody@example.com") as client:
        yield client
