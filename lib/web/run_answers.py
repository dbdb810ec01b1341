"""Runs and what they wrote, as people are told of them."""

from datetime import datetime

from pydantic import Field

from lib.domain.run import RunReason, RunStatus, RunTrigger
from lib.domain.schedule import ContentType
from lib.web.answers import Answer


class ContentAnswer(Answer):
    """One written text."""

    id: str
    schedule_id: str
    run_id: str
    item: int
    kind: ContentType
    title: str | None
    body: str | None
    segments: list[str] | None = Field(description="The posts of a thread.")
    status: str
    word_count: int
    created_at: datetime


class RunError(Answer):
    """One failed attempt."""

    at: datetime
    attempt: int
    code: str
    message: str


class RunAnswer(Answer):
    """A row of the ledger."""

    id: str
    schedule_id: str
    trigger: RunTrigger
    status: RunStatus
    reason: RunReason | None
    due_at: datetime | None = Field(description="Nominal time; null for runs that a person asked for.")
    attempt: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    retry_at: datetime | None
    tokens_in: int
    tokens_out: int
    cost: int = Field(alias="costMicroUsd")
    errors: list[RunError]


class RunWithContents(RunAnswer):
    """A run and what it wrote."""

    contents: list[ContentAnswer]


class RunPage(Answer):
    """Newest first. `nextCursor` is null on the last page."""

    runs: list[RunAnswer]
    next_cursor: str | None


class ContentPage(Answer):
    """Newest first. `nextCursor` is null on the last page."""

    contents: list[ContentAnswer]
    next_cursor: str | None


class RunFound(Answer):
    """One run."""

    run: RunWithContents


class RanAnswer(Answer):
    """What "run now" did. `isRepeated`: this Idempotency-Key had run it before."""

    is_repeated: bool
    run: RunWithContents


class ContentFound(Answer):
    """One text."""

    content: ContentAnswer
