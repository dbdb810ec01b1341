"""A gateway of one test, called in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from dev.clock import StackClock
from dev.gateway import SigningKeys, create_gateway
from tests.databases import Database

URL = "http://gateway"
PUBLISHABLE, SECRET = "sb_publishable_local", "sb_secret_local"


@asynccontextmanager
async def open_gateway(
    database: Database, clock: StackClock, keys: SigningKeys | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the publishable key."""
    gateway = create_gateway(
        dsn=database.authenticator_dsn,
        auth_dsn=database.auth_dsn,
        url=URL,
        signing_keys=keys or SigningKeys.fresh(),
        publishable_key=PUBLISHABLE,
        secret_key=SECRET,
        clock=clock,
    )
    async with (
        gateway.router.lifespan_context(gateway),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(gateway), base_url=URL, headers={"apikey": PUBLISHABLE}
        ) as http,
    ):
        yield http
