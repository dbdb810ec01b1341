"""What people may send to have something written now."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from lib.domain.retry import MOST_RETRIES
from lib.domain.writing_settings import Quality
from lib.web.requests import Priority, ScheduleNamed
from lib.web.wire import Truth, Whole, Wire
from lib.web.writing_wish import Count

Publish = Annotated[
    Truth, Field(description="Have the texts go out to the schedule's targets, as its approval says; else drafts.")
]


class RunWish(ScheduleNamed):
    """Run a schedule now."""

    count: Count | None = Field(None, description="Left out: the schedule's.")
    quality: Quality | None = Field(None, description="Left out: the schedule's.")
    publish: Publish = False


class WorkflowWish(Wire):
    """Have something done by and by; so far there is one action."""

    action: Literal["generate_content"]
    schedule_id: UUID | None = Field(None, description="May be left out in a workspace with one active schedule.")
    workspace_id: UUID | None = Field(None, description="Without a schedule; left out: your personal workspace.")
    count: Count | None = Field(None, description="Left out: the schedule's.")
    quality: Quality | None = Field(None, description="Left out: the schedule's.")
    priority: Priority | None = Field(None, description="9 goes first. Left out: the schedule's.")
    retries: Annotated[Whole, Field(ge=0, le=MOST_RETRIES)] | None = Field(
        None, description="How often a failed text is tried again. Left out: twice."
    )
    publish: Publish = False
