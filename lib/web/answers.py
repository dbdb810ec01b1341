"""What people are answered: the common shape, sessions, workspaces, refusals. Times are UTC; money is micro-USD."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """Built from the columns of a row, answered in camelCase."""

    # `defer_build`: validators are built at the first answer; a cold webhook does not wait for them.
    # `hide_input_in_errors`: what somebody wrote must not reach the log by way of a traceback.
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        defer_build=True,
        hide_input_in_errors=True,
    )


class Words(Answer):
    """The same in the languages of the product."""

    ko: str
    en: str


class Limits(Answer):
    """What a plan allows."""

    max_schedules: int
    runs_a_day: int
    parallelism: int
    daily_cost: int = Field(alias="dailyCostMicroUsd")


class WorkspaceUsage(Answer):
    """What is used of it; the day is UTC."""

    schedules: int
    runs_today: int
    cost_today: int = Field(alias="costTodayMicroUsd")


class WorkspaceAnswer(Answer):
    """Where you may work."""

    id: str
    name: str
    role: str
    plan: str
    subscription_status: str
    period_end: datetime | None
    paused_at: datetime | None
    limits: Limits
    usage: WorkspaceUsage


class Workspaces(Answer):
    """Your own workspace first."""

    workspaces: list[WorkspaceAnswer]


class SessionAnswer(Answer):
    """Who is signed in, and until when without a renewal."""

    user_id: str
    email: str | None
    expires_at: datetime


class SignUpAnswer(Answer):
    """`isConfirmed` false: follow the link in the mail, then sign in."""

    is_confirmed: bool
    session: SessionAnswer | None


class ErrorInside(Answer):
    """`code` for machines, `message` for people."""

    code: str
    message: str
    details: Mapping[str, Any] | None = Field(None, description="For invalid input: field, allowed, problems.")


class ErrorAnswer(Answer):
    """Every refusal has this shape."""

    error: ErrorInside
