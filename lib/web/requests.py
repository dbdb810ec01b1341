"""What people may send besides schedules, field by field."""

from typing import Annotated
from uuid import UUID

from fastapi import Header
from pydantic import Field

from lib.domain.run import ContentStatus
from lib.web.wire import Whole, Wire

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Sent again with the same request, it is answered with what the first one made.",
    ),
]
Priority = Annotated[Whole, Field(ge=0, le=9, description="9 goes first.")]
Cap = Annotated[
    Whole, Field(ge=1, le=10**12, description="The most it may cost, in micro-USD; the day and the month are UTC.")
]


class ScheduleNamed(Wire):
    """Which schedule."""

    schedule_id: UUID


class ContentNamed(Wire):
    """Which text."""

    content_id: UUID


class AlertNamed(Wire):
    """Which alert."""

    alert_id: UUID


class CapsWish(Wire):
    """The workspace's own limits on money, below those of its plan; null is none."""

    workspace_id: UUID | None = Field(None, description="Left out: your personal workspace.")
    daily_cost_cap: Cap | None = Field(alias="dailyCostCapMicroUsd")
    monthly_cost_cap: Cap | None = Field(alias="monthlyCostCapMicroUsd")


class PageQuery(Wire):
    """Which part of a list."""

    cursor: Annotated[str, Field(max_length=300, description="`nextCursor` of the page before.")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ScheduleQuery(PageQuery):
    """Which schedules."""

    workspace_id: UUID | None = Field(None, description="Left out: your personal workspace.")
    include_deleted: bool = False


class AlertQuery(PageQuery):
    """Whose alerts."""

    workspace_id: UUID | None = Field(None, description="Left out: your personal workspace.")


class ContentQuery(PageQuery):
    """Which contents."""

    workspace_id: UUID | None = Field(None, description="Left out: your personal workspace, or the schedule's.")
    schedule_id: UUID | None = None
    status: ContentStatus | None = None


class Credentials(Wire):
    """An address and its password."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    password: Annotated[str, Field(min_length=1, max_length=200)] = Field(repr=False)
