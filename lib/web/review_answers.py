"""What becomes of a person's word on a text, and what a link shows to somebody without a login."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from lib.domain.run import DeadlineAction
from lib.domain.schedule import ContentType
from lib.pipeline.approve import Decision
from lib.pipeline.edit import Decided
from lib.web.answers import Answer
from lib.web.content_answers import ContentAnswer
from lib.web.publication_answers import PublicationAnswer


class Reviewed(Answer):
    """What became of a text, now or before: edited, approved, rejected or unchanged."""

    outcome: str
    content: ContentAnswer
    publications: list[PublicationAnswer]


def reviewed(decided: Decided) -> Reviewed:
    return Reviewed(
        outcome=decided.outcome,
        content=ContentAnswer.model_validate(decided.content),
        publications=[PublicationAnswer.of(row) for row in decided.publications],
    )


class LinkMade(Answer):
    """Whoever has it may decide, once."""

    url: str
    expires_at: datetime


class LinkState(StrEnum):
    """Whether a link can be used."""

    OPEN = "open"  # yes
    USED = "used"  # its bearer has decided
    EXPIRED = "expired"  # its time is over
    VOID = "void"  # the text was changed since it was made; there may be a newer link
    DECIDED = "decided"  # somebody else has decided, or nobody has in time


class LinkContent(Answer):
    """The text that is to be decided about."""

    kind: ContentType
    title: str | None
    body: str | None
    segments: list[str] | None
    approve_by: datetime | None = Field(description="Then `onDeadline` decides; null: only a person does.")
    on_deadline: DeadlineAction | None
    created_at: datetime


class LinkRead(Answer):
    """What a link is about. There is a `content` only while it is open."""

    state: LinkState
    expires_at: datetime
    decision: Decision | None = Field(description="What its bearer has decided.")
    content: LinkContent | None


class LinkUsed(Answer):
    """What was decided, now or before by the same link."""

    outcome: str
