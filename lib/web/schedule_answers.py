"""A schedule as people are told of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, PlainSerializer, WithJsonSchema

from lib.domain.recurrence import FREQUENCY_LABELS, describe
from lib.domain.schedule import ContentType, Frequency, Rule, Schedule
from lib.errors import Invalid
from lib.web.answers import Answer, Words
from lib.web.wire import iso_duration

Period = Annotated[
    timedelta,
    PlainSerializer(iso_duration, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["PT6H"]}, mode="serialization"),
]


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
    daily_cost_cap: int | None = Field(alias="dailyCostCapMicroUsd")
    monthly_cost_cap: int | None = Field(alias="monthlyCostCapMicroUsd")
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
            sentence=sentence_of(rule),
            armed=armed_of(schedule),
        )

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        return cls.of(Schedule.from_row(row))


def sentence_of(rule: Rule) -> Words:
    """A rule that cannot be used any more, say because its zone is gone, is still shown: else nobody could mend it."""
    try:
        return Words(**{language: describe(rule, language) for language in FREQUENCY_LABELS})
    except Invalid:
        labels = FREQUENCY_LABELS.items()
        return Words(**{language: f"{label[rule.frequency]} ({rule.timezone})" for language, label in labels})


def status_of(schedule: Schedule) -> ScheduleStatus:
    if schedule.deleted_at is not None:
        return ScheduleStatus.DELETED
    if schedule.finished_at is not None:
        return ScheduleStatus.FINISHED
    return ScheduleStatus.ACTIVE if schedule.is_active else ScheduleStatus.PAUSED


def armed_of(schedule: Schedule) -> Armed:
    is_armed = schedule.next_run_at is not None and schedule.armed_for == schedule.next_run_at
    return Armed(is_armed=is_armed, at=schedule.armed_at if is_armed else None)


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
