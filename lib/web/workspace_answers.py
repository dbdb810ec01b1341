"""Workspaces as people are told of them: what one may do there, what is used of it, and what needs somebody."""

from datetime import datetime
from typing import Any

from pydantic import Field, model_validator

from lib.domain.alert import AlertKind
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
    needs_review: int = Field(description="Texts to which a gate objects. This and the next: counted up to 100.")
    pending_approval: int = Field(description="Texts whose schedule wants a yes.")
    to_decide: int = Field(description="Publications that may be out, or that were given to you to post.")
    dead_letters: int = Field(description="What was given up, and not dealt with yet.")


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


class LimitMet(Answer):
    """A limit that had no room: money in micro-USD, or texts of the plan's day. What is running counts as used."""

    cap: str | None = Field(None, description="plan_day, workspace_month, schedule_day …, or plan_quota: texts.")
    limit_cost: int | None = Field(None, alias="limitMicroUsd")
    used_cost: int | None = Field(None, alias="usedMicroUsd")
    needed_cost: int | None = Field(None, alias="neededMicroUsd", description="The most that the run could take.")
    limit: int | None = None
    used: int | None = None
    needed: int | None = None
    turns_at: datetime | None = Field(
        None, description="When the limit's day or month turns; null: a single run may cost more than the limit."
    )

    @model_validator(mode="before")
    @classmethod
    def _name_money(cls, row: dict[str, Any]) -> dict[str, Any]:
        """The database calls both an amount; a reader must not take one for the other."""
        if row.get("cap") in (None, "plan_quota"):
            return row
        return {(f"{name}_cost" if name in ("limit", "used", "needed") else name): it for name, it in row.items()}


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
