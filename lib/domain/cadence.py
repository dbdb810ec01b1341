"""When an account may be published to: not in its quiet hours, not on its blackout dates, not too soon after the last.

Asked when a schedule is previewed and when content is handed over, so that a time is known before, and once more before
something is sent. Wall clock in the account's own zone, by the same rules as recurrence (`recurrence/wall_clock.py`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from lib.domain.recurrence.wall_clock import find_zone, instant_of
from lib.errors import Invalid

MOST_QUIET_HOURS = 14
MOST_BLACKOUTS = 100
LONGEST_BLACKOUT = timedelta(days=366)
LONGEST_SPACING = timedelta(days=7)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
MOST_MOVES = 1_000  # out of one stretch that is not allowed into the next: more than any cadence has in a year
EVERY_DAY = frozenset(range(1, 8))
TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


class Moved(StrEnum):
    """Why something goes out later than it was wanted."""

    QUIET_HOURS = "quiet_hours"  # the account's owner wants quiet then
    BLACKOUT = "blackout"  # a day on which nothing goes out
    SPACING = "spacing"  # too soon before or after another one of the account


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From a time of day to another, over midnight if that is not later; on these ISO weekdays, as they begin."""

    begins: time
    ends: time
    weekdays: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Blackout:
    """Whole days, the last included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Cadence:
    """`zone` is an IANA name. Nothing said allows everything."""

    zone: str = "UTC"
    quiet_hours: tuple[QuietHours, ...] = ()
    blackouts: tuple[Blackout, ...] = ()
    spacing: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Slot:
    """When something goes out, and why not when it was wanted."""

    at: datetime
    moved_by: tuple[Moved, ...] = ()


def slot(cadence: Cadence, wanted_at: datetime, taken: Sequence[datetime] = ()) -> Slot:
    """The first allowed instant from `wanted_at` on that keeps its distance from those `taken`."""
    at, why = wanted_at, list[Moved]()
    others = sorted(taken)
    for _ in range(MOST_MOVES):
        allowed, moved_by = _first_allowed(cadence, at)
        why += moved_by
        later = _away_from(others, allowed, cadence.spacing)
        if later == allowed:
            return Slot(allowed, tuple(dict.fromkeys(why)))
        why.append(Moved.SPACING)
        at = later
    return Slot(at, tuple(dict.fromkeys(why)))


def first_allowed(cadence: Cadence, at: datetime) -> datetime:
    """This instant, or the first after it at which the account may be published to; spacing aside."""
    return _first_allowed(cadence, at)[0]


def _first_allowed(cadence: Cadence, at: datetime) -> tuple[datetime, list[Moved]]:
    why = list[Moved]()
    for _ in range(MOST_MOVES):
        closed = next(_closed_at(cadence, at), None)
        if closed is None:
            break
        at = closed[0]
        why.append(closed[1])
    return at, why


def _closed_at(cadence: Cadence, at: datetime) -> Iterator[tuple[datetime, Moved]]:
    """The ends of the stretches around this instant in which nothing goes out."""
    today = at.astimezone(find_zone(cadence.zone)).date()
    for blackout in cadence.blackouts:
        if blackout.first <= today <= blackout.last:
            yield _start_of(blackout.last + DAY, cadence), Moved.BLACKOUT
    for quiet in cadence.quiet_hours:
        for day in (today - DAY, today):
            if day.isoweekday() in quiet.weekdays:
                begins, ends = _stretch(quiet, day, cadence)
                if begins <= at < ends:
                    yield ends, Moved.QUIET_HOURS


def _stretch(quiet: QuietHours, day: date, cadence: Cadence) -> tuple[datetime, datetime]:
    last = day if quiet.ends > quiet.begins else day + DAY
    return _instant(day, quiet.begins, cadence), _instant(last, quiet.ends, cadence)


def _start_of(day: date, cadence: Cadence) -> datetime:
    return _instant(day, time.min, cadence)


def _instant(day: date, at: time, cadence: Cadence) -> datetime:
    """A date that the zone left out begins when the next one does."""
    zone = find_zone(cadence.zone)
    found = instant_of(datetime.combine(day, at, zone))
    while found is None:
        day, at = day + DAY, time.min
        found = instant_of(datetime.combine(day, at, zone))
    return found


def _away_from(taken: Sequence[datetime], at: datetime, spacing: timedelta) -> datetime:
    for other in taken:
        if abs(other - at) < spacing:
            at = other + spacing
    return at


def read_cadence(given: Mapping[str, Any], spacing: timedelta = timedelta(0)) -> Cadence:
    """From {timezone, quietHours: [{from, to, days}], blackoutDates: ["2026-12-24", {from, to}]}, all optional.

    Raises Invalid with the field as `cadence.quietHours[0].from`, also for one that allows nothing in a whole week.
    """
    if unknown := given.keys() - {"timezone", "quietHours", "blackoutDates"}:
        raise Invalid(f"cadence.{min(unknown)}", "is not known", ["timezone", "quietHours", "blackoutDates"])
    if not timedelta(0) <= spacing <= LONGEST_SPACING:
        raise Invalid("spacing", "is out of bounds", "PT0S to P7D")
    cadence = Cadence(
        _zone(given.get("timezone")),
        tuple(_quiet_hours(it, f"cadence.quietHours[{at}]") for at, it in enumerate(_list(given, "quietHours"))),
        tuple(_blackout(it, f"cadence.blackoutDates[{at}]") for at, it in enumerate(_list(given, "blackoutDates"))),
        spacing,
    )
    if _is_always_quiet(cadence):
        raise Invalid("cadence.quietHours", "leave no time of the week in which anything may go out")
    return cadence


def _is_always_quiet(cadence: Cadence) -> bool:
    """An ordinary week stands for all."""
    monday = datetime(2026, 6, 1, 12, tzinfo=UTC)
    at, why = _first_allowed(Cadence(cadence.zone, cadence.quiet_hours), monday)
    return at >= monday + WEEK or len(why) == MOST_MOVES


def _zone(name: object) -> str:
    if name is None:
        return "UTC"
    try:
        find_zone(str(name))
    except Invalid as exc:
        raise Invalid("cadence.timezone", "is not a known time zone", "an IANA name such as Asia/Seoul") from exc
    return str(name)


def _list(given: Mapping[str, Any], name: str) -> Sequence[Any]:
    most = {"quietHours": MOST_QUIET_HOURS, "blackoutDates": MOST_BLACKOUTS}[name]
    values = given.get(name) or []
    if not isinstance(values, list | tuple):
        raise Invalid(f"cadence.{name}", "is not a list")
    if len(values) > most:
        raise Invalid(f"cadence.{name}", f"has more than {most} entries", most)
    return values


def _quiet_hours(given: object, field: str) -> QuietHours:
    if not isinstance(given, Mapping):
        raise Invalid(field, "is not an object {from, to, days}")
    if unknown := given.keys() - {"from", "to", "days"}:
        raise Invalid(f"{field}.{min(unknown)}", "is not known", ["from", "to", "days"])
    days = given.get("days")
    if days is None:
        weekdays = EVERY_DAY
    elif isinstance(days, list | tuple) and days and all(type(day) is int and day in EVERY_DAY for day in days):
        weekdays = frozenset(days)
    else:
        raise Invalid(f"{field}.days", "is not a list of weekdays, 1 = Monday to 7 = Sunday", [1, 7])
    return QuietHours(_time(given.get("from"), f"{field}.from"), _time(given.get("to"), f"{field}.to"), weekdays)


def _time(given: object, field: str) -> time:
    if not isinstance(given, str) or not TIME_OF_DAY.fullmatch(given):
        raise Invalid(field, "is not a time of day", "HH:MM")
    return time.fromisoformat(given)


def _blackout(given: object, field: str) -> Blackout:
    if isinstance(given, Mapping) and not given.keys() - {"from", "to"}:
        first, last = _date(given.get("from"), f"{field}.from"), _date(given.get("to"), f"{field}.to")
    else:
        first = last = _date(given, field)
    if not timedelta(0) <= last - first <= LONGEST_BLACKOUT:
        raise Invalid(f"{field}.to", "is before its beginning, or more than a year after it")
    return Blackout(first, last)


def _date(given: object, field: str) -> date:
    try:
        found = date.fromisoformat(given) if isinstance(given, str) and len(given) == 10 else None
    except ValueError:
        found = None
    if found is None or not 1970 <= found.year < 2300:
        raise Invalid(field, "is not a date", "YYYY-MM-DD")
    return found
