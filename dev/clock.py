"""The stack's one clock: what the app, the gateway, QStash, Redis and the models' stand-ins all read.

Real time for `make dev`; virtual time, which moves only when told to, for the demo, the tests and the simulation.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class StackClock(Protocol):
    """Aware UTC now, and a way to let time pass."""

    def now(self) -> datetime: ...

    async def spend(self, duration: timedelta) -> None:
        """Let this much time pass before going on: a slow model, a slow network."""
        ...


class RealClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def spend(self, duration: timedelta) -> None:
        await asyncio.sleep(duration.total_seconds())


class VirtualClock:
    """Stands still until somebody moves it, and never goes back."""

    def __init__(self, start: datetime) -> None:
        """Raises ValueError for a start without a zone."""
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware time")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, *, by: timedelta | None = None, to: datetime | None = None) -> datetime:
        """Move forward by a duration or to an instant (an instant in the past changes nothing); answers the new now.

        Raises ValueError for a negative duration, or unless exactly one of the two is given.
        """
        if (by is None) == (to is None):
            raise ValueError("say how far, or to when")
        if by is not None and by < timedelta(0):
            raise ValueError("time does not go back")
        target = self._now + by if by is not None else to
        assert target is not None  # noqa: S101  told above; the type checker cannot see it
        self._now = max(self._now, target.astimezone(UTC))
        return self._now

    async def spend(self, duration: timedelta) -> None:
        """Nobody else would move the clock meanwhile, so waiting moves it."""
        self.advance(by=duration)
        await asyncio.sleep(0)
