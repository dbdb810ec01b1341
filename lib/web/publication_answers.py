"""Publications as people are told of them: one content on its way to one account."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import Field

from lib.domain.account import Platform
from lib.domain.publication import PublicationReason, PublicationStatus
from lib.web.answers import Answer
from lib.web.content_answers import ContentAnswer


class PartAnswer(Answer):
    """What the platform has accepted: a post of a thread, a draft, a batch of mails."""

    external_id: str
    url: str | None = None
    at: datetime | None = None


class ReadAnswer(Answer):
    """One look for something of which nobody knows whether it is out."""

    at: datetime | None = None
    outcome: str


class PublishError(Answer):
    """One failed attempt, in the platform's own words where it had some."""

    at: datetime
    attempt: int | None = None
    fault: str | None = None
    code: str | None = None
    message: str | None = None


class PublicationAnswer(Answer):
    """One row of the ledger of what goes out."""

    id: str
    workspace_id: str
    schedule_id: str
    content_id: str
    account_id: str
    platform: Platform
    account_name: str
    status: PublicationStatus = Field(description="unknown: it may be out or not; it is never sent again by itself.")
    reason: PublicationReason | None
    needs_person: bool = Field(description="Nothing more happens by itself: look, then retry, void or mark it.")
    publish_at: datetime = Field(description="When it is wanted; the account's cadence is allowed for.")
    late_at: datetime | None = Field(description="From this instant on it is given up; null: never.")
    retry_at: datetime | None = Field(description="waiting: not before, after a failed attempt.")
    ready_at: datetime | None = Field(description="When it goes on by itself, if its account and approval let it.")
    attempt: int = Field(description="How often it was sent, or begun to be.")
    attempted_at: datetime | None = Field(description="A call of which no outcome is known yet.")
    parts: list[PartAnswer]
    read_at: datetime | None = Field(description="unknown: when the account is looked through; null: you decide.")
    reads: list[ReadAnswer]
    errors: list[PublishError]
    external_id: str | None
    url: str | None
    cost: int = Field(alias="costMicroUsd", description="What the platform charges.")
    created_at: datetime
    published_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls.model_validate({**row, "needs_person": needs_person(row)})


def needs_person(row: Mapping[str, Any]) -> bool:
    match PublicationStatus(row["status"]):
        case PublicationStatus.HANDED_OFF:
            return True
        case PublicationStatus.UNKNOWN:
            return row["read_at"] is None
    return False


class ContentFound(Answer):
    """One text, its publications in the order of their times, and what you may do with it."""

    content: ContentAnswer
    publications: list[PublicationAnswer]
    role: str


class PublicationFound(Answer):
    """One publication, its text, and what you may do with it."""

    publication: PublicationAnswer
    content: ContentAnswer
    role: str


class PublicationPage(Answer):
    """Newest first. `nextCursor` is null on the last page."""

    publications: list[PublicationAnswer]
    next_cursor: str | None


class PublicationOutcome(Answer):
    """What became of a wish; repeated, it is the same."""

    outcome: str
    publication: PublicationAnswer


class ContentPublished(Answer):
    """A text and its publications, also those from before."""

    outcome: str
    content: ContentAnswer
    publications: list[PublicationAnswer]
