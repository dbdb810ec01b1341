"""The gateway's connections to Postgres, and what it has learnt of the catalogue."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
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
        self._is_current = False
        self._reading = asyncio.Lock()

    async def __aenter__(self) -> Self:
        # What a call sets it sets for its own transaction only, so a connection needs no cleaning between calls.
        self._pool = await asyncpg.create_pool(self._dsn, min_size=1, max_size=MOST_CONNECTIONS, reset=_leave_as_is)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            await self._listener.close()
        if self._pool is not None:
            await self._pool.close()

    async def signatures_for(self, name: str, arguments: Collection[str]) -> Signatures:
        """The catalogue as last read; read anew when told to, and when it does not know such a call.

        PostgREST waits for the notification alone. Here a migration may also have run with nobody listening.
        """
        with _translated(is_anonymous=False):
            async with self._reading:
                known = await self._heard_signatures()
                if known is not None and any(it.accepts(arguments) for it in known.functions.get(name, ())):
                    return known
                self._is_current = True  # before reading: a change meanwhile counts
                async with self._connection() as connection:
                    self._signatures = read = await read_signatures(connection)
                return read

    async def _heard_signatures(self) -> Signatures | None:
        """What is known, as long as somebody has listened for changes since."""
        if self._listener is None or self._listener.is_closed():
            self._is_current = False
            self._listener = await asyncpg.connect(self._dsn)
            await self._listener.add_listener("pgrst", self._forget)
        return self._signatures if self._is_current else None

    def _forget(self, *_: object) -> None:
        self._is_current = False

    async def perform(self, call: Call) -> Response:
        """Run a call; raises Refusal for whatever the database objects to."""
        with _translated(is_anonymous=call.caller.is_anonymous):
            async with self._connection() as connection:
                return await call.perform(connection)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        assert self._pool is not None, "the gateway is not open"  # noqa: S101
        try:
            connection = await self._pool.acquire(timeout=PATIENCE_SECONDS)
        except TimeoutError as exc:
            told = "Timed out acquiring connection from connection pool."
            raise Refusal(504, "PGRST003", told) from exc
        try:
            yield connection
        except asyncpg.InternalClientError:
            # The server's farewell arrived in between: asyncpg does not know this connection's state any more.
            connection.terminate()
            raise
        finally:
            await self._pool.release(connection)


@contextmanager
def _translated(*, is_anonymous: bool) -> Iterator[None]:
    """The database's errors, and its absence, as PostgREST tells them."""
    try:
        yield
    except asyncpg.PostgresError as exc:
        # Without a severity it is asyncpg's own notice of a lost connection, not a word of the server.
        if exc.severity is None:
            raise _unreachable(exc) from exc
        raise raised_in_sql(exc, is_anonymous=is_anonymous) from exc
    except (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as exc:
        raise _unreachable(exc) from exc


async def _leave_as_is(_: asyncpg.Connection) -> None:
    """In place of asyncpg's own clean-up, which costs a round trip per call."""


def _unreachable(exc: Exception) -> Refusal:
    return Refusal(503, "PGRST001", "Database client error. Retrying the connection.", str(exc))
