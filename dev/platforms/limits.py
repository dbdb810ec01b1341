"""How many calls a platform takes from one caller in a stretch of time."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` points in a `period` that begins with the first of them."""

    most: int
    period: timedelta


@dataclass
class Window:
    """What one caller has left of a limit, by the stack's clock."""

    limit: Limit
    _spent: deque[tuple[datetime, int]] = field(default_factory=deque)

    def take(self, now: datetime, points: int = 1) -> bool:
        """Whether there was enough left; if so it is taken."""
        if self.left(now) < points:
            return False
        self._spent.append((now, points))
        return True

    def left(self, now: datetime) -> int:
        while self._spent and self._spent[0][0] + self.limit.period <= now:
            self._spent.popleft()
        return self.limit.most - sum(points for _, points in self._spent)

    def resets_at(self, now: datetime) -> datetime:
        """When there is something left again, or all of it when nothing is missing."""
        self.left(now)
        return (self._spent[0][0] if self._spent else now) + self.limit.period
