"""What people are answered, field by field. Times are UTC; money is micro-USD."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from lib.domain.recurrence import FREQUENCY_LABELS, describe
from lib.domain.run import RunReason, RunStatus, RunTrigger
from lib.domain.schedule import ContentType, Frequency, Schedule
from lib.web.wire import iso_duration

Period = Annotated[
    timedelta,
    PlainSerializer(iso_duration, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["PT6H"]}, mode="serialization"),
]


class Answer(BaseModel):
    """Built from the columns of a row, answered in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class Words(Answer):
    """The same in the languages of the product."""

    ko: str
    en: str


class ScheduleStatus(StrEnum):
    """Where a schedule stands, for people."""

    ACTIVE = "active"  # waits for nextRunAt
    PAUSED = "paused"  # by a person; resume goes on
    FINISHED = "finished"  # its rule has no occurrence left
    DELETED = "deleted"  # in the bin; restore takes it out


class Armed(Answer):
    """Whether a message stands ready for nextRunAt. If not, it is too far away, or the sweep will see to it."""

    is_armed: bool
    at: datetime | None


class ScheduleAnswer(Answer):
    """A schedule as it stands."""

    id: str
    workspace_id: str
    name: str
    content_type: ContentType
    status: ScheduleStatus
    is_active: bool
    revision: int = Field(description="Changes with the rule, activity and deletion; an update must name it.")
    label: Words = Field(description="The frequency in a word or two.")
    sentence: Words = Field(description="The rule in a sentence.")
    frequency: Frequency
    time_of_day: str | None
    weekday: int | None
    day_of_month: int | None
    rrule: str | None
    timezone: str
    starts_at: datetime | None
    ends_at: datetime | None
    max_runs: int | None
    lateness_limit: Period | None
    lead_time: Period
    priority: int
    settings: dict[str, Any]
    next_run_at: datetime | None
    late_at: datetime | None = Field(description="From this instant on the run at nextRunAt counts as missed.")
    armed: Armed
    last_run_at: datetime | None
    run_count: int = Field(description="Scheduled runs begun; maxRuns counts these.")
    total_generated: int
    total_failed: int
    consecutive_failures: int
    finished_at: datetime | None
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        rule, status = schedule.rule, status_of(schedule)
        return cls(
            **{
                name: getattr(schedule, name)
                for name in cls.model_fields
                if hasattr(schedule, name) and name != "is_active"
            },
            **{name: getattr(rule, name) for name in cls.model_fields if hasattr(rule, name) and name != "time_of_day"},
            time_of_day=f"{rule.time_of_day:%H:%M}" if rule.time_of_day else None,
            status=status,
            is_active=status is ScheduleStatus.ACTIVE,  # the row's own also tells what restoring would make of it
            label=Words(**{language: labels[rule.frequency] for language, labels in FREQUENCY_LABELS.items()}),
            sentence=Words(ko=describe(rule, "ko"), en=describe(rule, "en")),
            armed=armed_of(schedule),
        )

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        return cls.of(Schedule.from_row(row))


def status_of(schedule: Schedule) -> ScheduleStatus:
    if schedule.deleted_at is not None:
        return ScheduleStatus.DELETED
    if schedule.finished_at is not None:
        return ScheduleStatus.FINISHED
    return ScheduleStatus.ACTIVE if schedule.is_active else ScheduleStatus.PAUSED


def armed_of(schedule: Schedule) -> Armed:
    is_armed = schedule.next_run_at is not None and schedule.armed_for == schedule.next_run_at
    return Armed(is_armed=is_armed, at=schedule.armed_at if is_armed else None)


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
    status: str
    word_count: int
    created_at: datetime


class RunError(Answer):
    """One failed attempt."""

    at: datetime
    attempt: int
    code: str
    message: str


class RunAnswer(Answer):
    """A row of the ledger."""

    id: str
    schedule_id: str
    trigger: RunTrigger
    status: RunStatus
    reason: RunReason | None
    due_at: datetime | None = Field(description="Nominal time; null for runs that a person asked for.")
    attempt: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    retry_at: datetime | None
    tokens_in: int
    tokens_out: int
    cost: int = Field(alias="costMicroUsd")
    errors: list[RunError]


class RunWithContents(RunAnswer):
    """A run and what it wrote."""

    contents: list[ContentAnswer]


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


class Outcome(Answer):
    """What became of a request: `unchanged` when all was as wished already."""

    outcome: str
    schedule: ScheduleAnswer


class ScheduleFound(Answer):
    """One schedule, and what you may do with it."""

    schedule: ScheduleAnswer
    role: str


class SchedulePage(Answer):
    """Newest first. `nextCursor` is null on the last page."""

    schedules: list[ScheduleAnswer]
    next_cursor: str | None


class RunPage(Answer):
    """Newest first. `nextCursor` is null on the last page."""

    runs: list[RunAnswer]
    next_cursor: str | None


class ContentPage(Answer):
    """Newest first. `nextCursor` is null on the last page."""

    contents: list[ContentAnswer]
    next_cursor: str | None


class RunFound(Answer):
    """One run."""

    run: RunWithContents


class ContentFound(Answer):
    """One text."""

    content: ContentAnswer


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
