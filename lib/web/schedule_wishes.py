"""What people may send about schedules, field by field."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from lib.domain.schedule import ContentType, Frequency
from lib.web.requests import Cap, Priority, ScheduleNamed
from lib.web.wire import ClockTime, Duration, Instant, Whole, Wire, unsaid
from lib.web.writing_wish import SettingsWish

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Weekday = Annotated[Whole, Field(ge=1, le=7, description="weekly: 1 = Monday … 7 = Sunday; else the start's weekday.")]
DayOfMonth = Annotated[
    Whole, Field(ge=1, le=31, description="monthly: the wanted day, the last in shorter months; else the start's day.")
]
RruleText = Annotated[str, Field(max_length=500, description="custom: RFC 5545.", examples=["FREQ=WEEKLY;BYDAY=MO"])]
Zone = Annotated[str, Field(max_length=100, description="IANA name.", examples=["Asia/Seoul"])]
MaxRuns = Annotated[Whole, Field(ge=1, le=1_000_000)]
Lateness = Annotated[Duration, Field(description="How late a run may begin; else half the interval, at most 6 hours.")]
Lead = Annotated[Duration, Field(description="How long before its time a run begins; at most a day.")]


class RuleWish(Wire):
    """When to fire; local times are wall clock in `timezone`."""

    frequency: Frequency
    time_of_day: Annotated[ClockTime, Field(description="For the hourly ones: a point of the grid.")] | None = None
    weekday: Weekday | None = None
    day_of_month: DayOfMonth | None = None
    rrule: RruleText | None = None
    timezone: Zone = "Asia/Seoul"
    starts_at: Instant | None = None
    ends_at: Instant | None = None


class ScheduleWish(RuleWish):
    """A new schedule."""

    name: Name
    content_type: ContentType
    workspace_id: UUID | None = Field(None, description="Left out: your personal workspace.")
    settings: SettingsWish = SettingsWish()
    max_runs: MaxRuns | None = None
    lateness_limit: Lateness | None = None
    lead_time: Lead = timedelta(0)
    priority: Priority = 5
    daily_cost_cap: Cap | None = Field(None, alias="dailyCostCapMicroUsd")
    monthly_cost_cap: Cap | None = Field(None, alias="monthlyCostCapMicroUsd")

    def fields(self) -> dict[str, Any]:
        """Every column a person decides, by its name in the database."""
        return {**self.__dict__, "settings": self.settings.stored()}

    def hash(self) -> str:
        """The same for requests that ask for the same, however they spell it."""
        said = self.model_dump(mode="json", exclude_unset=True)
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class ScheduleChanges(ScheduleNamed):
    """Changes of a schedule: what is left out stays as it is, null clears."""

    revision: Annotated[Whole, Field(ge=1, le=2**31 - 1, description="The one you saw; another one by now is a 409.")]
    name: Name = unsaid()
    content_type: ContentType = unsaid()
    frequency: Frequency = unsaid()
    time_of_day: ClockTime | None = None
    weekday: Weekday | None = None
    day_of_month: DayOfMonth | None = None
    rrule: RruleText | None = None
    timezone: Zone = unsaid()
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    settings: SettingsWish = unsaid()
    max_runs: MaxRuns | None = None
    lateness_limit: Lateness | None = None
    lead_time: Lead = unsaid()
    priority: Priority = unsaid()
    daily_cost_cap: Cap | None = Field(None, alias="dailyCostCapMicroUsd")
    monthly_cost_cap: Cap | None = Field(None, alias="monthlyCostCapMicroUsd")

    def changes(self) -> Mapping[str, Any]:
        """What was said, by its name in the database."""
        said = {name: getattr(self, name) for name in self.model_fields_set - {"schedule_id", "revision"}}
        return {**said, "settings": self.settings.stored()} if "settings" in said else said


class PreviewWish(RuleWish):
    """A rule that is not saved yet, and of its settings what the forecast needs."""

    content_type: ContentType = ContentType.X_POST
    workspace_id: UUID | None = Field(None, description="Whose plan to forecast with; else your personal workspace.")
    settings: SettingsWish = SettingsWish()
    max_runs: MaxRuns | None = None
    lateness_limit: Lateness | None = None
    lead_time: Lead = timedelta(0)
    schedule_id: UUID | None = Field(None, description="The one that is being changed; its own next run is left out.")
    n: Annotated[Whole, Field(ge=1, le=50, description="How many occurrences to list.")] = 10

    def rule(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in RuleWish.model_fields}
