"""Workspaces as people are told of them: what one may do there, what is used of it, and what needs somebody."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from lib.web.answers import Answer


class Limits(Answer):
    """What a plan allows."""

    max_schedules: int
    runs_a_day: int = Field(description="Texts of a UTC day: a run of five takes five.")
    parallelism: int
    daily_cost: int = Field(alias="dailyCostMicroUsd")
    monthly_cost: int = Field(alias="monthlyCostMicroUsd")


class WorkspaceUsage(Answer):
    """What is used of it. Days and months are UTC; costs count what is set aside for running work too."""

    schedules: int
    runs_today: int = Field(description="Texts, as the limit counts them.")
    cost_today: int = Field(alias="costTodayMicroUsd")
    cost_month: int = Field(alias="costMonthMicroUsd")
    cost_last_7_days: int = Field(alias="costLast7DaysMicroUsd", description="Today included.")


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
    daily_cost_cap: int | None = Field(alias="dailyCostCapMicroUsd", description="The owner's own limit; null: none.")
    monthly_cost_cap: int | None = Field(alias="monthlyCostCapMicroUsd")
    usage: WorkspaceUsage


class Workspaces(Answer):
    """Your own workspace first."""

    workspaces: list[WorkspaceAnswer]


class Caps(Answer):
    """A workspace's own limits on money; null: none."""

    id: str
    daily_cost_cap: int | None = Field(alias="dailyCostCapMicroUsd")
    monthly_cost_cap: int | None = Field(alias="monthlyCostCapMicroUsd")


class CapsSet(Answer):
    """What became of the wish: `set`, or `unchanged` when they were so already."""

    outcome: str
    workspace: Caps


class AlertKind(StrEnum):
    """What an alert is about; equal to the database's `app.alert_kind`."""

    BUDGET_TRIPPED = "budget_tripped"  # a cap on money kept something from running
    MODEL_MISCONFIGURED = "model_misconfigured"  # a model's key, credit or name is wrong; for operators


class LimitMet(Answer):
    """A limit that had no room; micro-USD, or texts where `cap` is plan_quota."""

    cap: str | None = Field(None, description="plan_day, workspace_month, schedule_day …, or plan_quota.")
    limit: int | None = None
    used: int | None = Field(None, description="What is set aside for running work included.")
    needed: int | None = Field(None, description="The most that the run could have taken.")
    turns_at: datetime | None = Field(None, description="When the limit's day or month turns.")


class AlertAnswer(Answer):
    """Something that a person should know of."""

    id: str
    workspace_id: str
    schedule_id: str | None
    kind: AlertKind
    subject: str
    details: LimitMet
    count: int = Field(description="How often it happened.")
    first_at: datetime
    last_at: datetime
    resolved_at: datetime | None


class AlertPage(Answer):
    """Newest first, also what was resolved. `nextCursor` is null on the last page."""

    alerts: list[AlertAnswer]
    next_cursor: str | None


class AlertResolved(Answer):
    """Done, now or before."""

    outcome: str
    alert: AlertAnswer
