"""The text of an RFC 5545 recurrence rule, read strictly into a `Pattern`. Whatever cannot be kept is refused here.

Accepted: FREQ of DAILY or slower with any BY part that RFC 5545 §3.3.10 allows for it, at one minute of the hour; and
FREQ=HOURLY with INTERVAL, BYMINUTE (one) and filters on dates. HOURLY with BYHOUR names hours of the wall clock, so it
is read as the DAILY rule that RFC 5545 makes of it. Start and zone come from the schedule, never from the text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import MAXYEAR, UTC, datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import Never

from lib.errors import Invalid

LONGEST = 500
MOST_RUNS = 5_000  # what COUNT is used up by has to be walked through


class Freq(StrEnum):
    """The periods that a rule may be built of."""

    YEARLY = "YEARLY"  # calendar years
    MONTHLY = "MONTHLY"  # calendar months
    WEEKLY = "WEEKLY"  # weeks from WKST on
    DAILY = "DAILY"  # calendar days
    HOURLY = "HOURLY"  # elapsed hours from the anchor


# A rule rarer than five years would look finished between two of its runs.
WIDEST = {Freq.YEARLY: 5, Freq.MONTHLY: 60, Freq.WEEKLY: 260, Freq.DAILY: 1826, Freq.HOURLY: 43_824}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PARTS = (
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY"),
    *("BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS"),
)

# Which BY parts RFC 5545 §3.3.10 gives no meaning, by frequency.
MEANINGLESS = {
    Freq.YEARLY: (),
    Freq.MONTHLY: ("BYWEEKNO", "BYYEARDAY"),
    Freq.WEEKLY: ("BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"),
    Freq.DAILY: ("BYWEEKNO", "BYYEARDAY"),
    Freq.HOURLY: ("BYWEEKNO", "BYSETPOS"),
}
NOT_RULE_PARTS = {
    "DTSTART": "the start is startsAt",
    "DTEND": "an occurrence has no length",
    "TZID": "the zone is timezone",
    "EXDATE": "dates cannot be left out",
    "EXRULE": "dates cannot be left out",
    "RDATE": "dates cannot be added",
}


@dataclass(frozen=True, slots=True)
class Days:
    """Which dates of a year a pattern chooses; empty means any. Numbers are RFC 5545's, but weekdays are 0 = Monday."""

    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    nth_weekdays: tuple[tuple[int, int], ...] = ()  # (weekday, which one of the month or year)
    week_start: int = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """A recurrence rule without its start and zone."""

    freq: Freq
    interval: int
    days: Days
    hours: tuple[int, ...]
    minute: int | None
    second: int | None
    positions: tuple[int, ...]  # BYSETPOS
    count: int | None
    until: datetime | None  # aware: an instant; naive: what the local clock shows; inclusive


@lru_cache(maxsize=1024)
def parse_rrule(text: str) -> Pattern:
    """Read the text; raises `Invalid` for rrule."""
    parts = split_parts(text)
    freq = read_frequency(parts)
    refuse_meaningless(freq, parts)
    plain, nth = read_weekdays(freq, parts)
    pattern = Pattern(
        freq=freq,
        interval=read_number(parts, "INTERVAL", 1, WIDEST[freq]) or 1,
        days=Days(
            months=read_numbers(parts, "BYMONTH", 1, 12),
            month_days=read_numbers(parts, "BYMONTHDAY", 1, 31, from_end=True),
            year_days=read_numbers(parts, "BYYEARDAY", 1, 366, from_end=True),
            weeks=read_numbers(parts, "BYWEEKNO", 1, 53, from_end=True),
            weekdays=plain,
            nth_weekdays=nth,
            week_start=read_week_start(parts),
        ),
        hours=read_numbers(parts, "BYHOUR", 0, 23),
        minute=read_single(parts, "BYMINUTE"),
        second=read_single(parts, "BYSECOND"),
        positions=read_numbers(parts, "BYSETPOS", 1, 366, from_end=True),
        count=read_number(parts, "COUNT", 1, MOST_RUNS),
        until=read_until(parts),
    )
    return hours_of_the_day(pattern)


def hours_of_the_day(pattern: Pattern) -> Pattern:
    """HOURLY;BYHOUR chooses hours of the wall clock: the DAILY rule with the same hours, as RFC 5545 has it."""
    if pattern.freq is not Freq.HOURLY or not pattern.hours:
        return pattern
    if pattern.interval > 1:
        # A grid of elapsed hours moves against the clock at each change, and could miss these hours for half a year.
        refuse("HOURLY with INTERVAL cannot be kept to BYHOUR; use FREQ=DAILY with the hours wanted")
    return replace(pattern, freq=Freq.DAILY)


def split_parts(text: str) -> dict[str, str]:
    if len(text) > LONGEST:
        refuse(f"longer than {LONGEST} characters")
    for name, instead in NOT_RULE_PARTS.items():
        if re.search(rf"\b{name}\b", text, re.IGNORECASE):
            refuse(f"{name} does not belong here: {instead}")
    if not text.isascii() or re.search(r"\s", text.strip()):
        refuse("one line of NAME=value parts, separated by semicolons, and no spaces")
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        if name not in PARTS:
            refuse(f"{name[:20] or 'an empty part'} is not a part of a recurrence rule", PARTS)
        if not equals or not value:
            refuse(f"{name} has no value")
        if name in parts:
            refuse(f"{name} is there twice")
        parts[name] = value
    if "COUNT" in parts and "UNTIL" in parts:
        refuse("COUNT or UNTIL, not both")
    return parts


def read_frequency(parts: dict[str, str]) -> Freq:
    word = parts.get("FREQ", "")
    if word in ("MINUTELY", "SECONDLY"):
        refuse(f"FREQ={word} fires more often than hourly", list(Freq))
    if word not in Freq:
        refuse("FREQ must say how often", list(Freq))
    return Freq(word)


def refuse_meaningless(freq: Freq, parts: dict[str, str]) -> None:
    for name in MEANINGLESS[freq]:
        if name in parts:
            refuse(f"{name} has no meaning with FREQ={freq}")
    if "BYSETPOS" in parts and not any(name.startswith("BY") and name != "BYSETPOS" for name in parts):
        refuse("BYSETPOS chooses among what other BY parts give, and there are none")


def read_weekdays(freq: Freq, parts: dict[str, str]) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """BYDAY as plain weekdays, and as (weekday, nth)."""
    plain: set[int] = set()
    nth: set[tuple[int, int]] = set()
    for word in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        found = re.fullmatch(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", word)
        if found is None or (found[1] and not 1 <= abs(int(found[1])) <= 53):
            refuse("BYDAY takes weekdays, with the nth one before them", ["MO", "-1FR", "2TU"])
        if found[1] is None:
            plain.add(WEEKDAYS.index(found[2]))
        else:
            nth.add((WEEKDAYS.index(found[2]), int(found[1])))
    if nth and (freq not in (Freq.MONTHLY, Freq.YEARLY) or "BYWEEKNO" in parts):
        refuse("an nth weekday needs FREQ=MONTHLY or YEARLY, without BYWEEKNO")
    return tuple(sorted(plain)), tuple(sorted(nth))


def read_week_start(parts: dict[str, str]) -> int:
    word = parts.get("WKST", "MO")
    if word not in WEEKDAYS:
        refuse("WKST takes one weekday", WEEKDAYS)
    return WEEKDAYS.index(word)


def read_numbers(parts: dict[str, str], name: str, low: int, high: int, *, from_end: bool = False) -> tuple[int, ...]:
    """A list of whole numbers, sorted and without repetitions; `from_end` allows -1 for the last and so on."""
    words = parts[name].split(",") if name in parts else ()
    sign = "[+-]?" if from_end else ""
    if not all(re.fullmatch(rf"{sign}\d{{1,5}}", word) and low <= abs(int(word)) <= high for word in words):
        refuse(f"{name} takes {low} to {high}" + (f" or -{high} to -{low}" if from_end else ""))
    return tuple(sorted({int(word) for word in words}))


def read_number(parts: dict[str, str], name: str, low: int, high: int) -> int | None:
    numbers = read_numbers(parts, name, low, high)
    if len(numbers) > 1:
        refuse(f"{name} takes one number, {low} to {high}")
    return numbers[0] if numbers else None


def read_single(parts: dict[str, str], name: str) -> int | None:
    """BYMINUTE or BYSECOND: with one value, runs are whole hours apart."""
    numbers = read_numbers(parts, name, 0, 59)
    if len(numbers) > 1:
        refuse(f"more than one {name} fires more often than hourly; for another minute use another schedule")
    return numbers[0] if numbers else None


UNTIL_FORMS: tuple[tuple[str, str, Callable[[datetime], datetime]], ...] = (
    (r"\d{8}T\d{6}Z", "%Y%m%dT%H%M%SZ", lambda moment: moment.replace(tzinfo=UTC)),
    (r"\d{8}T\d{6}", "%Y%m%dT%H%M%S", lambda moment: moment),
    (r"\d{8}", "%Y%m%d", lambda moment: datetime.combine(moment, time(23, 59, 59))),
)


def read_until(parts: dict[str, str]) -> datetime | None:
    """UTC, local, or a date, which means through the end of that local date."""
    text = parts.get("UNTIL")
    if text is None:
        return None
    for form, layout, finish in UNTIL_FORMS:
        if re.fullmatch(form, text):
            try:
                moment = datetime.strptime(text, layout)  # noqa: DTZ007 - a local UNTIL is meant to be naive
            except ValueError:
                break
            if not 1970 <= moment.year < MAXYEAR:  # further out, a change of zone would leave the calendar
                break
            return finish(moment)
    refuse("UNTIL is not a date and time that can be", ["20261231T235959Z", "20261231T235959", "20261231"])


def refuse(message: str, allowed: object = None) -> Never:
    raise Invalid("rrule", message, allowed)
