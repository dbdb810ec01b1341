"""What exhausted its retries, as people are told of it and may send about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from lib.domain.dead_letter import DeadLetterCause, DeadLetterStatus
from lib.web.answers import Answer, ErrorInside
from lib.web.requests import PageQuery
from lib.web.review_wishes import Note
from lib.web.wire import Wire

MOST_AT_ONCE = 50


class DeadLetterNamed(Wire):
    """Which one."""

    dead_letter_id: UUID


class DeadLettersNamed(Wire):
    """Which ones."""

    dead_letter_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]


class DiscardWish(DeadLetterNamed):
    """Nothing more is to be done about it."""

    note: Note | None = None


class DeadLetterQuery(PageQuery):
    """Whose dead letters."""

    workspace_id: UUID | None = Field(None, description="Left out: your personal workspace.")
    status: DeadLetterStatus | None = None


class DeadLetterEvent(Answer):
    """Something that was done about it."""

    at: datetime
    event: str = Field(description="failed, given_up, redriven, not_redriven, replayed, discarded or settled.")
    by: str | None = Field(None, description="The id of the person who did it.")
    outcome: str | None = None
    reason: str | None = None
    code: str | None = None
    message: str | None = Field(None, description="In the platform's own words, where it had some.")
    run_id: str | None = Field(None, description="That it was replayed as.")


class DeadLetterAnswer(Answer):
    """One message or publication that was given up."""

    id: str
    workspace_id: str | None
    cause: DeadLetterCause
    status: DeadLetterStatus = Field(validation_alias="letter_status")
    schedule_id: str | None
    run_id: str | None
    publication_id: str | None
    due_at: datetime | None = Field(description="Of the occurrence that the message was for.")
    delivery_status: int | None = Field(None, validation_alias="status", description="HTTP, of the last delivery.")
    outcome: str = Field(description="What the ledger said of it then: closed, waiting or failed.")
    history: list[DeadLetterEvent]
    note: str | None
    redrives: int = Field(description="How often it went through the pipeline again by itself.")
    redrive_at: datetime | None = Field(description="When it does so next; null: a person decides.")
    created_at: datetime
    settled_at: datetime | None


class DeadLetterPage(Answer):
    """Newest first. `nextCursor` is null on the last page."""

    dead_letters: list[DeadLetterAnswer]
    next_cursor: str | None


class DeadLetterOutcome(Answer):
    """What became of the wish: replayed, discarded, or unchanged since it was done before."""

    outcome: str
    dead_letter: DeadLetterAnswer


class ReplayAnswer(Answer):
    """Of several, what became of one: replayed, unchanged, or refused and why."""

    dead_letter_id: str
    outcome: str
    dead_letter: DeadLetterAnswer | None = None
    error: ErrorInside | None = None


class Replayed(Answer):
    """Each answered by itself, in the order asked for."""

    replays: Sequence[ReplayAnswer]


def letter_of(row: Any) -> DeadLetterAnswer:
    return DeadLetterAnswer.model_validate(row)
