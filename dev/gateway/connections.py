"""The gateway's connections to Postgres, and what it has learnt of the catalogue."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Self

import asyncpg
from starlette.responses import Response

from dev.gateway.calls import Call
from dev.gateway.refusals import Refusal, raised_in_sql
from dev.gateway.signatures import Signatures, read_signatures

MOST_CONNECTIONS = 10
# PostgREST's own patience for a free connection.
PATIENCE_SECONDS = 10.0


class Connections:
    """A pool as `authenticator`, and one connection that listens for `notify pgrst`."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: asyncpg.Pool | None = None
        self._listener: asyncpg.Connection | None = None
        self._signatures: Signatures | None = None
        self._reading = asyncio.Lock()

    async def __aenter__(self) -> Self:
        # What a call sets it sets for its own transaction only, so a connection needs no cleaning between calls.
        self._pool = await asyncpg.create_pool(self._dsn, min_size=1, max_size=MOST_CONNECTIONS, reset=_leave_as_is)
        self._listener = await asyncpg.connect(self._dsn)
        await self._listener.add_listener("pgrst", self._forget)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            await self._listener.close()
        if self._pool is not None:
            await self._pool.close()

    def _forget(self, *_: object) -> None:
        self._signatures = None

    async def signatures_for(self, name: str, arguments: Collection[str]) -> Signatures:
        """The catalogue as last read; read anew when told to, and when it does not know such a call.

        PostgREST waits for the notification alone. Here a migration may also have run with nobody listening.
        """
        known = self._signatures
        if known is None or not any(it.accepts(arguments) for it in known.functions.get(name, ())):
            async with self._reading:
                if self._signatures is known:
                    self._signatures = await self._read_signatures()
        return self._signatures or await self._read_signatures()

    async def _read_signatures(self) -> Signatures:
        async with self._connection() as connection:
            return await read_signatures(connection)

    async def perform(self, call: Call) -> Response:
        """Run a call; raises Refusal for whatever the database objects to."""
        try:
            async with self._connection() as connection:
                return await call.perform(connection)
        except asyncpg.PostgresError as exc:
            # Without a severity it is asyncpg's own notice of a lost connection, not a word of the server.
            if exc.severity is None:
                raise _unreachable(exc) from exc
            raise raised_in_sql(exc, is_anonymous=call.caller.is_anonymous) from exc
        except (asyncpg.InterfaceError, OSError) as exc:
            raise _unreachable(exc) from exc

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        assert self._pool is not None, "the gateway is not open"  # noqa: S101
        try:
            connection = await self._pool.acquire(timeout=PATIENCE_SECONDS)
        except TimeoutError as exc:
            told = "Timed out acquiring connection from connection pool."
            raise Refusal(504, "PGRST003", told) from exc
        except (OSError, asyncpg.InterfaceError) as exc:
            raise _unreachable(exc) from exc
        try:
            yield connection
        finally:
            await self._pool.release(connection)


async def _leave_as_is(_: asyncpg.Connection) -> None:
    """In place of asyncpg's own clean-up, which costs a round trip per call."""


def _unreachable(exc: Exception) -> Refusal:
    return Refusal(503, "PGRST001", "Database client error. Retrying the connection.", str(exc))
