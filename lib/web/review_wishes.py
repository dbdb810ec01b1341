"""What people may send about a text that waits for somebody's word, field by field."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from lib.domain.approval_link import LONGEST_LIFE, USUAL_LIFE
from lib.pipeline.approve import Decision
from lib.web.requests import ContentNamed
from lib.web.wire import Duration, Whole, Wire, unsaid

LONGEST_BODY = 60_000
LONGEST_TITLE = 1_000
LONGEST_POST = 10_000
MOST_POSTS = 50
LONGEST_NOTE = 2_000
SHORTEST_LIFE = timedelta(minutes=5)

Version = Annotated[
    Whole, Field(ge=1, le=2**31 - 1, description="The `version` that you have read; another one answers 409.")
]
Note = Annotated[str, Field(max_length=LONGEST_NOTE, description="For colleagues; never published.")]
Token = Annotated[str, Field(min_length=1, max_length=200, description="What stands behind the link's `#`.")]


class EditWish(ContentNamed):
    """Another text. What is left out stays; a thread has segments, an article title and body, a post its body."""

    version: Version
    title: Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE)] = unsaid()
    body: Annotated[str, Field(min_length=1, max_length=LONGEST_BODY)] = unsaid()
    segments: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=LONGEST_POST)], ...],
        Field(min_length=1, max_length=MOST_POSTS),
    ] = unsaid()

    @property
    def texts(self) -> Mapping[str, Any]:
        return {name: getattr(self, name) for name in ("title", "body", "segments") if name in self.model_fields_set}


class ApproveWish(ContentNamed):
    """A yes."""

    version: Version | None = Field(None, description="Left out: whatever it is now.")
    note: Note | None = None


class RejectWish(ContentNamed):
    """A no."""

    note: Note | None = None


class LinkWish(ContentNamed):
    """A link for somebody without a login."""

    lasts: Duration = Field(USUAL_LIFE, description=f"PT5M to P{LONGEST_LIFE.days}D; left out: P{USUAL_LIFE.days}D.")


class LinkShown(Wire):
    """Which link."""

    token: Token


class LinkDecision(LinkShown):
    """Its bearer's word on the text."""

    decision: Decision
    note: Note | None = None
