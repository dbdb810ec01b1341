"""What QStash keeps: messages, what came back from a destination, dead letters, schedules."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict

from dev.qstash.options import Options, Pairs

# How the state file writes bytes.
_IN_FILE = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


class MessageState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"  # for its time, its turn or its next attempt
    ACTIVE = "active"  # the destination is being called
    DELIVERED = "delivered"  # the destination answered 2xx
    FAILED = "failed"  # attempts exhausted, or the destination said not to retry; it lies in the DLQ
    CANCELLED = "cancelled"  # taken back by its publisher
    LOST = "lost"  # a fault made it vanish


ENDED = frozenset({MessageState.DELIVERED, MessageState.FAILED, MessageState.CANCELLED, MessageState.LOST})


@dataclass(slots=True)
class Message:
    """One accepted message. `retried` counts the attempts that failed; `due_at` is its next attempt."""

    __pydantic_config__: ClassVar[ConfigDict] = _IN_FILE

    id: str
    url: str
    options: Options
    body: bytes
    caller_ip: str
    created_at: datetime
    not_before: datetime
    due_at: datetime
    sequence: int
    state: MessageState = MessageState.WAITING
    retried: int = 0
    ended_at: datetime | None = None
    schedule_id: str | None = None
    queue: str | None = None
    url_group: str | None = None
    endpoint: str | None = None

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Reply:
    """What an attempt brought. Status 0: no reply at all, and `error` says why."""

    __pydantic_config__: ClassVar[ConfigDict] = _IN_FILE

    status: int
    headers: Pairs = ()
    body: bytes = b""
    error: str | None = None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Outcome(StrEnum):
    """What an attempt did to its message."""

    DELIVERED = "delivered"  # 2xx: done
    RETRYING = "retrying"  # failed, tried again later
    FAILED = "failed"  # failed for good: dead letter, failure callback
    CANCELLED = "cancelled"  # cancelled while the call was open; the reply does not matter
    REPEATED = "repeated"  # a fault's second delivery of the same attempt; the reply does not matter
    LOST = "lost"  # a fault dropped the message: nobody was called


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt, as run_due reports it. `next_at` is the retry's time."""

    message_id: str
    url: str
    retried: int
    started_at: datetime
    answered_at: datetime
    status: int
    outcome: Outcome
    next_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that failed for good, with the last reply."""

    id: str
    message: Message
    reply: Reply
    failed_at: datetime


@dataclass(slots=True)
class Schedule:
    """A message published again at every firing of a cron expression."""

    __pydantic_config__: ClassVar[ConfigDict] = _IN_FILE

    id: str
    cron: str
    destination: str
    options: Options
    body: bytes
    caller_ip: str
    created_at: datetime
    next_at: datetime | None
    last_at: datetime | None = None
    is_paused: bool = False
    last_states: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One receiver in a URL group."""

    url: str
    name: str | None = None


@dataclass(slots=True)
class UrlGroup:
    """A name that stands for several destinations."""

    name: str
    created_at: datetime
    updated_at: datetime
    endpoints: list[Endpoint] = field(default_factory=list)
