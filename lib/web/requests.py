"""What people may send, field by field."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from lib.domain import writing_settings as writing
from lib.domain.schedule import ContentType, Frequency
from lib.web.wire import ClockTime, Duration, Instant, Truth, Whole, Wire, not_yet, unsaid


def language_tag(tag: str) -> str:
    if tag and not writing.LANGUAGE_TAG.fullmatch(tag):
        raise PydanticCustomError("language", "is not a language tag", {"allowed": "ko, en, pt-BR"})
    return tag


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
Priority = Annotated[Whole, Field(ge=0, le=9, description="9 goes first.")]
Phrase = Annotated[str, Field(max_length=writing.LONGEST_PHRASE)]
Example = Annotated[str, Field(max_length=writing.LONGEST_EXAMPLE)]
Nothing = WithJsonSchema({"type": "array", "items": {"type": "string"}, "maxItems": 0})


class SettingsWish(Wire):
    """What to write; its texts together have at most 16,000 characters. In an update it replaces all of it."""

    prompt_type: writing.PromptType = Field(writing.PromptType.AUTO, description="custom: worded by `customPrompt`.")
    custom_prompt: Annotated[str, Field(max_length=writing.LONGEST_CUSTOM_PROMPT)] = ""
    topic: Annotated[str, Field(max_length=writing.LONGEST_TOPIC, description="Empty: the schedule's name.")] = ""
    voice: Annotated[str, Field(max_length=writing.LONGEST_VOICE)] = ""
    audience: Annotated[str, Field(max_length=writing.LONGEST_AUDIENCE)] = ""
    language: Annotated[str, Field(max_length=35, examples=["ko"]), AfterValidator(language_tag)] = ""
    examples: Annotated[tuple[Example, ...], Field(max_length=writing.MOST_EXAMPLES)] = ()
    never_say: Annotated[tuple[Phrase, ...], Field(max_length=writing.MOST_NEVER_SAY)] = ()
    keywords: Annotated[tuple[Phrase, ...], Field(max_length=writing.MOST_KEYWORDS)] = ()
    targets: Annotated[tuple[str, ...], BeforeValidator(not_yet), Nothing] = Field(
        (), description="Accounts to publish to; not available until one is connected."
    )

    def stored(self) -> dict[str, Any]:
        """As kept in the schedule: what was said, by its wire name. Raises Invalid for what does not go together."""
        said = self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"targets"})
        writing.read_settings(said)
        return said


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

    def fields(self) -> dict[str, Any]:
        """Every column a person decides, by its name in the database."""
        return {**self.__dict__, "settings": self.settings.stored()}

    def hash(self) -> str:
        """The same for requests that ask for the same, however they spell it."""
        said = self.model_dump(mode="json", exclude_unset=True)
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class ScheduleChanges(Wire):
    """Changes of a schedule: what is left out stays as it is, null clears."""

    schedule_id: UUID
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

    def changes(self) -> Mapping[str, Any]:
        """What was said, by its name in the database."""
        said = {name: getattr(self, name) for name in self.model_fields_set - {"schedule_id", "revision"}}
        return {**said, "settings": self.settings.stored()} if "settings" in said else said


class ScheduleNamed(Wire):
    """Which schedule."""

    schedule_id: UUID


class RunWish(ScheduleNamed):
    """Run a schedule now."""

    publish: Annotated[Truth, BeforeValidator(not_yet), WithJsonSchema({"const": False, "type": "boolean"})] = Field(
        False, description="Not available until an account is connected."
    )


class PreviewWish(RuleWish):
    """A rule that is not saved yet."""

    content_type: ContentType = ContentType.X_POST
    workspace_id: UUID | None = Field(None, description="Whose plan to forecast with; else your personal workspace.")
    max_runs: MaxRuns | None = None
    lateness_limit: Lateness | None = None
    n: Annotated[Whole, Field(ge=1, le=50, description="How many occurrences to list.")] = 10

    def rule(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in RuleWish.model_fields}


class PageQuery(Wire):
    """Which part of a list."""

    cursor: Annotated[str, Field(max_length=300, description="`nextCursor` of the page before.")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ScheduleQuery(PageQuery):
    """Which schedules."""

    workspace_id: UUID | None = Field(None, description="Left out: your personal workspace.")
    include_deleted: bool = False


class ContentQuery(PageQuery):
    """Which contents."""

    workspace_id: UUID | None = Field(None, description="Left out: your personal workspace, or the schedule's.")
    schedule_id: UUID | None = None


class Credentials(Wire):
    """An address and its password."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    password: Annotated[str, Field(min_length=1, max_length=200)] = Field(repr=False)
