"""What happened to messages, event by event: the logs of QStash's console and API."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dev.qstash.message import Message, Reply

_KEPT = 10_000


class EventState(StrEnum):
    """CREATED → ACTIVE → (ERROR → RETRY → ACTIVE)* → DELIVERED | FAILED."""

    CREATED = "CREATED"  # accepted and stored
    ACTIVE = "ACTIVE"  # the destination is being called
    ERROR = "ERROR"  # an attempt failed
    RETRY = "RETRY"  # the next attempt has its time
    DELIVERED = "DELIVERED"  # the destination answered 2xx
    FAILED = "FAILED"  # no further attempt
    CANCEL_REQUESTED = "CANCEL_REQUESTED"  # the publisher wants it back
    CANCELED = "CANCELED"  # taken back; the docs write CANCELLED, but both SDKs know only this


@dataclass(frozen=True, slots=True)
class Event:
    """One entry; `number` counts up and is the cursor."""

    number: int
    at: datetime
    state: EventState
    message: Message
    next_at: datetime | None
    reply: Reply | None


class Journal:
    """The latest entries, in memory only."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=_KEPT)
        self._count = 0

    def note(
        self,
        at: datetime,
        state: EventState,
        message: Message,
        *,
        next_at: datetime | None = None,
        reply: Reply | None = None,
    ) -> None:
        self._count += 1
        self._events.append(Event(self._count, at, state, message, next_at, reply))

    def events(self, *, latest_first: bool = True) -> Iterable[Event]:
        return reversed(self._events) if latest_first else iter(self._events)
