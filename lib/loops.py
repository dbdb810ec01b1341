"""One value per event loop.

Network clients are bound to the loop that first used them. Vercel keeps one loop for an instance's life, but Mangum and
tests may start a new one per invocation, and a client of a closed loop fails its next call.
"""

import asyncio
import weakref
from collections.abc import Awaitable, Callable


class PerLoop[T]:
    """Makes a value at first use in each running loop and keeps it as long as the loop lives."""

    def __init__(self, make: Callable[[], T], close: Callable[[T], Awaitable[None]]) -> None:
        self._make = make
        self._close = close
        self._values: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, T] = weakref.WeakKeyDictionary()

    def get(self) -> T:
        loop = asyncio.get_running_loop()
        if loop not in self._values:
            self._values[loop] = self._make()
        return self._values[loop]

    async def close(self) -> None:
        """Close the running loop's value, if it was made."""
        value = self._values.pop(asyncio.get_running_loop(), None)
        if value is not None:
            await self._close(value)
