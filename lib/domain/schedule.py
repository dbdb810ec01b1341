"""A schedule as the database knows it: its rule says when, its settings say what, the rest where its loop stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any


class Frequency(StrEnum):
    """How often; the names are those of the wire. Labels are in `domain/recurrence/words.py`."""

    HOURLY = "hourly"  # elapsed grid of one hour
    EVERY_3_HOURS = "3hours"  # elapsed grid of three hours
    EVERY_6_HOURS = "6hours"  # elapsed grid of six hours
    DAILY = "daily"  # a local time of day
    WEEKLY = "weekly"  # a local time on one weekday
    MONTHLY = "monthly"  # a local time on the wanted day, or the month's last
    CUSTOM = "custom"  # RFC 5545 RRULE


class ContentType(StrEnum):
    """What is written at each occurrence."""

    X_POST = "x_post"  # one post of at most 280 weighted characters
    X_THREAD = "x_thread"  # several such posts
    BLOG_POST = "blog_post"  # title and markdown body
    NEWSLETTER = "newsletter"  # subject and markdown body
    LINKEDIN_POST = "linkedin_post"  # one post of at most 3,000 characters


@dataclass(frozen=True, slots=True)
class Rule:
    """When a schedule fires. Times are aware UTC except `time_of_day`, which is wall clock in `timezone`."""

    frequency: Frequency
    timezone: str
    anchor_at: datetime
    time_of_day: time | None = None
    weekday: int | None = None  # ISO: 1 = Monday … 7 = Sunday
    day_of_month: int | None = None  # the wanted day; months that are shorter use their last
    rrule: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """One row of `app.schedules`, as `app.schedule_json` gives it."""

    id: str
    workspace_id: str
    name: str
    content_type: ContentType
    rule: Rule
    settings: Mapping[str, Any]
    is_active: bool
    revision: int
    next_run_at: datetime | None
    late_at: datetime | None
    armed_for: datetime | None
    armed_at: datetime | None
    arm_count: int
    armed_message_id: str | None
    lateness_limit: timedelta | None
    lead_time: timedelta
    priority: int
    max_runs: int | None
    run_count: int
    last_run_at: datetime | None
    total_generated: int
    total_failed: int
    consecutive_failures: int
    deleted_at: datetime | None
    finished_at: datetime | None
    created_at: datetime
    updated_at: datetime
    daily_cost_cap: int | None  # micro-USD; none: what plan and workspace leave
    monthly_cost_cap: int | None
    parallelism: int
    workspace_paused_at: datetime | None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Schedule":
        """Read the jsonb of `app.schedule_json`: ISO times with offset, durations in seconds."""
        return cls(
            id=row["id"],
            workspace_id=row["workspace_id"],
            name=row["name"],
            content_type=ContentType(row["content_type"]),
            rule=Rule(
                frequency=Frequency(row["frequency"]),
                timezone=row["timezone"],
                anchor_at=datetime.fromisoformat(row["anchor_at"]),
                time_of_day=time.fromisoformat(row["time_of_day"]) if row["time_of_day"] else None,
                weekday=row["weekday"],
                day_of_month=row["day_of_month"],
                rrule=row["rrule"],
                starts_at=moment(row["starts_at"]),
                ends_at=moment(row["ends_at"]),
            ),
            settings=row["settings"],
            is_active=row["is_active"],
            revision=row["revision"],
            next_run_at=moment(row["next_run_at"]),
            late_at=moment(row["late_at"]),
            armed_for=moment(row["armed_for"]),
            armed_at=moment(row["armed_at"]),
            arm_count=row["arm_count"],
            armed_message_id=row["armed_message_id"],
            lateness_limit=None if row["lateness_limit"] is None else timedelta(seconds=row["lateness_limit"]),
            lead_time=timedelta(seconds=row["lead_time"]),
            priority=row["priority"],
            max_runs=row["max_runs"],
            run_count=row["run_count"],
            last_run_at=moment(row["last_run_at"]),
            total_generated=row["total_generated"],
            total_failed=row["total_failed"],
            consecutive_failures=row["consecutive_failures"],
            deleted_at=moment(row["deleted_at"]),
            finished_at=moment(row["finished_at"]),
            created_at=datetime.fromisoformat(row["created_at"]),
            updated_at=datetime.fromisoformat(row["updated_at"]),
            daily_cost_cap=row["daily_cost_cap"],
            monthly_cost_cap=row["monthly_cost_cap"],
            parallelism=row["parallelism"],
            workspace_paused_at=moment(row["workspace_paused_at"]),
        )


def moment(text: str | None) -> datetime | None:
    """An ISO time of a jsonb answer, or none."""
    return None if text is None else datetime.fromisoformat(text)
