"""Named locks: they keep two sweeps from doing the same work at once. When Redis is gone, both run and do no harm."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from lib import logs
from lib.adapters.redis.connection import Connection
from lib.errors import Unavailable

PATIENCE = timedelta(seconds=1)
# Only its owner may release a lock: after expiry it may be somebody else's.
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Locks:
    """Named locks with an owner token and an expiry. Fail open: without Redis every lock is granted."""

    def __init__(self, redis: Connection, new_token: Callable[[], str]) -> None:
        self._redis = redis
        self._new_token = new_token

    @asynccontextmanager
    async def held(self, name: str, expiry: timedelta) -> AsyncIterator[bool]:
        """Whether the caller may go on; false only while somebody else surely holds the lock."""
        if not self._redis.is_configured:
            yield True
            return
        key, owner = f"lock:{name}", self._new_token()
        granted = await self._take(key, owner, expiry)
        try:
            yield granted
        finally:
            if granted:
                await self._release(key, owner)

    async def _take(self, key: str, owner: str, expiry: timedelta) -> bool:
        milliseconds = expiry // timedelta(milliseconds=1)
        try:
            reply = await self._redis.execute("SET", key, owner, "NX", "PX", milliseconds, within=PATIENCE)
        except Unavailable as exc:
            logs.warning("redis.unavailable", during="take", error=exc.message)
            return True
        return bool(reply == "OK")

    async def _release(self, key: str, owner: str) -> None:
        try:
            await self._redis.execute("EVAL", RELEASE, 1, key, owner, within=PATIENCE)
        except Unavailable as exc:
            logs.warning("redis.unavailable", during="release", error=exc.message)
