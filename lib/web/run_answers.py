"""Runs, as people are told of them."""

from datetime import datetime

from pydantic import Field

from lib.domain.run import RunReason, RunStatus, RunTrigger
from lib.domain.writing_settings import Quality
from lib.web.answers import Answer
from lib.web.content_answers import ContentAnswer
from lib.web.workspace_answers import LimitMet


class RunError(LimitMet):
    """One failed attempt, or the limit that had no room (`code` cap or quota)."""

    at: datetime
    attempt: int
    code: str
    message: str


class ModelAttempt(Answer):
    """One call of a model. `outcome` rejected: it answered, and a gate objected."""

    item: int = 0
    step: int = Field(0, description="0: the draft, 1: the rewrite, 2: the judge's opinion.")
    model: str
    outcome: str
    latency_ms: int
    tokens_in: int = 0
    tokens_out: int = 0
    cost: int = Field(0, alias="costMicroUsd")
    estimated: bool = Field(False, alias="isEstimated", description="Its answer was lost: this is the most it can be.")


class RunAnswer(Answer):
    """A row of the ledger."""

    id: str
    schedule_id: str
    trigger: RunTrigger
    status: RunStatus
    reason: RunReason | None
    due_at: datetime | None = Field(description="Nominal time; null for runs that a person asked for.")
    attempt: int
    item_count: int = Field(description="Texts it was to write.")
    items_failed: int = Field(description="Those of them that could not be written.")
    quality: Quality
    priority: int
    retries: int | None = Field(description="How often a failed text is tried again; null: twice.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    retry_at: datetime | None
    tokens_in: int
    tokens_out: int
    cost: int = Field(alias="costMicroUsd")
    prompt_version: str | None
    model_attempts: list[ModelAttempt] = Field(description="Every call of a model, in order.")
    errors: list[RunError]


class RunWithContents(RunAnswer):
    """A run and what it wrote."""

    contents: list[ContentAnswer]


class RunPage(Answer):
    """Newest first. `nextCursor` is null on the last page."""

    runs: list[RunAnswer]
    next_cursor: str | None


class RunFound(Answer):
    """One run."""

    run: RunWithContents


class RanAnswer(Answer):
    """What "run now" did. `isRepeated`: this Idempotency-Key had run it before."""

    is_repeated: bool
    run: RunWithContents


class QueuedAnswer(Answer):
    """What is under way. `isRepeated`: this Idempotency-Key had asked for it before, and it has begun or ended."""

    is_repeated: bool
    run: RunAnswer
