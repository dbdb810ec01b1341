"""Redis: keeps two sweeps from doing the same work at once. A convenience: when it is gone, both run and do no harm."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from lib import logs
from lib.loops import PerLoop

if TYPE_CHECKING:
    from upstash_redis.asyncio import Redis

PATIENCE = timedelta(seconds=1)
# Only its owner may release a lock: after expiry it may be somebody else's.
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Locks:
    """Named locks with an owner token and an expiry. Fail open: without Redis every lock is granted."""

    def __init__(self, url: str | None, token: str | None, new_token: Callable[[], str]) -> None:
        self._url, self._token = url, token
        self._new_token = new_token
        self._clients: PerLoop[Redis] = PerLoop(self._connect, lambda client: client.close())

    @asynccontextmanager
    async def held(self, name: str, expiry: timedelta) -> AsyncIterator[bool]:
        """Whether the caller may go on; false only while somebody else surely holds the lock."""
        if self._url is None:
            yield True
            return
        key, owner = f"lock:{name}", self._new_token()
        granted = await self._take(key, owner, expiry)
        try:
            yield granted
        finally:
            if granted:
                await self._release(key, owner)

    async def close(self) -> None:
        await self._clients.close()

    async def _take(self, key: str, owner: str, expiry: timedelta) -> bool:
        async def take() -> bool:
            # True or False: the package does not hand Redis's nil through.
            return bool(await self._clients.get().set(key, owner, nx=True, px=int(expiry.total_seconds() * 1000)))

        return await self._bounded("take", take, if_gone=True)

    async def _release(self, key: str, owner: str) -> None:
        async def release() -> bool:
            return bool(await self._clients.get().eval(RELEASE, keys=[key], args=[owner]))

        await self._bounded("release", release, if_gone=False)

    async def _bounded[T](self, what: str, call: Callable[[], Awaitable[T]], if_gone: T) -> T:
        import httpx
        from upstash_redis.errors import UpstashError

        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return await call()
        except (httpx.HTTPError, UpstashError, TimeoutError, ValueError, RuntimeError) as exc:
            logs.warning("redis.unavailable", during=what, error=type(exc).__name__)
            return if_gone

    def _connect(self) -> "Redis":
        from upstash_redis.asyncio import Redis

        # Its own retry waits three seconds; better to go on without.
        return Redis(self._url or "", self._token or "", rest_retries=0, allow_telemetry=False)
