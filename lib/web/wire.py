"""How values travel in people's requests: spelling, strictness, and the forms of times.

Names are camelCase; each is also taken in the snake_case of older clients, but not in both at once.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
DURATION = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,4})D)?(?:T(?=[0-9])(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})S)?)?"
)
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.IGNORECASE
)


class Wire(BaseModel):
    """A body or a query. Unknown fields are refused by name, and so is a field in both of its spellings."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _read_either_spelling(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        read: dict[object, object] = {}
        for name, value in given.items():
            wire = cls.model_fields[name].alias if name in cls.model_fields else name
            if wire in read:
                raise PydanticCustomError("given_twice", "is given in both of its spellings", {"field": wire})
            read[wire] = value
        return read


def text_or_none(value: UUID | None) -> str | None:
    """An id as the pipeline and the database are given it."""
    return None if value is None else str(value)


def clock_time(value: object) -> time:
    if not isinstance(value, str) or not CLOCK.fullmatch(value):
        raise PydanticCustomError("clock_time", "is not a time of day", {"allowed": "00:00 to 23:59"})
    return time.fromisoformat(value)


def instant(value: object) -> datetime:
    """Python and Postgres end at different years, so far ones are refused here."""
    problem = PydanticCustomError(
        "instant",
        "is not a time with an offset from UTC between 1970 and 2199",
        {"allowed": "2026-12-01T09:00:00+09:00"},
    )
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        raise problem
    try:
        at = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise problem from None
    if not 1970 <= at.year <= 2199:
        raise problem
    return at


def duration(value: object) -> timedelta:
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("duration", "is not a duration in ISO 8601", {"allowed": "PT30M, PT6H, P1D"})
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def iso_duration(value: timedelta) -> str:
    """Whole seconds as the shortest of PT6H, PT90M, PT45S; never in days, which some readers take for local days."""
    seconds = round(value.total_seconds())
    for size, unit in ((3600, "H"), (60, "M")):
        if seconds and seconds % size == 0:
            return f"PT{seconds // size}{unit}"
    return f"PT{seconds}S"


def unsaid() -> Any:
    """The default of a field that may be left out but not be null; whether it was said is in `model_fields_set`."""
    return Field(default_factory=lambda: None)


# pydantic reads "5" and 5.0 as 5, and "yes" as true; a program that sends those is wrong about its own data.
Whole = Annotated[int, Strict()]
Truth = Annotated[bool, Strict()]
ClockTime = Annotated[
    time,
    BeforeValidator(clock_time),
    WithJsonSchema({"type": "string", "pattern": f"^{CLOCK.pattern}$", "examples": ["09:00"]}),
]
Instant = Annotated[
    datetime,
    BeforeValidator(instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-12-01T09:00:00+09:00"]}),
]
Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    WithJsonSchema({"type": "string", "pattern": f"^{DURATION.pattern}$", "examples": ["PT6H"]}),
]
