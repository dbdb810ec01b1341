"""Gates that a due message may have to wait at: its flow-control key, its queue.

https://upstash.com/docs/qstash/features/flowcontrol: parallelism counts open calls; rate counts calls in a fixed window
that opens with its first call. The latest message's limits hold, unless a limit is pinned.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dev.qstash.options import FlowWish


@dataclass(slots=True)
class FlowKey:
    """One flow-control key. The counts live only as long as the process."""

    key: str
    parallelism: int | None = None
    rate: int | None = None
    period: timedelta = timedelta(seconds=1)
    is_paused: bool = False
    pins_parallelism: bool = False
    pins_rate: bool = False
    active: int = 0
    calls: int = 0
    window_from: datetime | None = None
    waiting: deque[str] = field(default_factory=deque)

    def follow(self, wish: FlowWish) -> bool:
        """Take over a message's limits where they are not pinned; whether anything changed."""
        before = (self.parallelism, self.rate, self.period)
        if not self.pins_parallelism:
            self.parallelism = wish.parallelism
        if not self.pins_rate:
            self.rate, self.period = wish.rate, wish.period
        return before != (self.parallelism, self.rate, self.period)

    def admits(self, now: datetime) -> bool:
        if self.is_paused or (self.parallelism is not None and self.active >= self.parallelism):
            return False
        return self.rate is None or self.calls_in_window(now) < self.rate

    def opens_at(self) -> datetime | None:
        """When the rate's window ends, if nothing else than the rate is in the way."""
        if self.is_paused or (self.parallelism is not None and self.active >= self.parallelism):
            return None
        return self.window_from + self.period if self.window_from is not None else None

    def calls_in_window(self, now: datetime) -> int:
        return self.calls if self.window_from is not None and now < self.window_from + self.period else 0

    def enter(self, now: datetime) -> None:
        if self.calls_in_window(now) == 0:
            self.window_from, self.calls = now, 0
        self.calls += 1
        self.active += 1

    def leave(self) -> None:
        self.active -= 1

    def reset_rate(self) -> None:
        self.window_from, self.calls = None, 0

    def start_over(self) -> None:
        """After a restart nobody is being called and everybody queues up again."""
        self.active = 0
        self.reset_rate()
        self.waiting.clear()


@dataclass(slots=True)
class QueueLine:
    """A FIFO queue: a message keeps its place through all its retries."""

    name: str
    created_at: datetime
    updated_at: datetime
    parallelism: int = 1
    is_paused: bool = False
    inside: set[str] = field(default_factory=set)
    waiting: deque[str] = field(default_factory=deque)

    def admits(self) -> bool:
        return not self.is_paused and len(self.inside) < self.parallelism

    def start_over(self) -> None:
        self.inside.clear()
        self.waiting.clear()
