"""What was written, as people are told of it: the text, what the gates said of it, and how it came about."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AliasPath, BeforeValidator, Field

from lib.domain.gates import Gate
from lib.domain.run import ContentStatus, DeadlineAction
from lib.domain.schedule import ContentType
from lib.web.answers import Answer


class ObjectionAnswer(Answer):
    """A gate's reason against a text."""

    gate: Gate
    where: str = Field(description="Which part: post, post 3, title or text.")
    message: str


class LikenessAnswer(Answer):
    """The nearest thing that was written before."""

    percent: int
    content_id: str
    on: date


class VerdictAnswer(Answer):
    """What all gates said. A text that did not pass is never published unless a person approves it."""

    passed: bool
    objections: Sequence[ObjectionAnswer] = ()
    likeness: LikenessAnswer | None = None


class OpinionAnswer(Answer):
    """What another model thinks of it; keeps nothing back."""

    model: str
    scores: dict[str, int]
    note: str | None = None


def nothing_if_empty(value: object) -> object:
    return value or None


def from_meta(name: str, **how: Any) -> Any:
    return Field(None, validation_alias=AliasPath("meta", name), **how)


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
    status: ContentStatus = Field(description="needs_review: a gate objected; it waits for approve or reject.")
    version: int = Field(description="Raised by every edit: what is approved is one version.")
    approve_by: datetime | None = Field(None, description="Then `onDeadline` decides; null: only a person does.")
    on_deadline: DeadlineAction | None = None
    decided_at: datetime | None = Field(None, description="When it was approved, rejected or expired last.")
    decision_note: str | None = Field(None, description="Of whoever decided; never published.")
    angle: str | None = Field(description="From which side the topic was taken.")
    verdict: Annotated[VerdictAnswer | None, BeforeValidator(nothing_if_empty)]
    score: int | None = Field(description="0 to 100; advisory.")
    score_parts: dict[str, int] | None = from_meta(
        "score_parts", description="What the score of the first version is the mean of."
    )
    model: str | None = from_meta("model", description="Who wrote it.")
    opinion: OpinionAnswer | None = from_meta("judge")
    word_count: int
    created_at: datetime


class ContentPage(Answer):
    """Newest first. `nextCursor` is null on the last page."""

    contents: list[ContentAnswer]
    next_cursor: str | None
