"""Five-field cron with an optional `CRON_TZ=Area/City ` prefix, to the minute; UTC without one.

A minute of the wall clock that a clock change skips never fires; one that it repeats fires twice. (QStash's own
behaviour there is not documented; this is that of the Go library whose prefix it has.)
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_PREFIX = re.compile(r"(?:CRON_)?TZ=(\S+)\s+")
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: n for n, name in enumerate(_MONTH_NAMES, 1)}
_WEEKDAYS = {name: n for n, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}
_HORIZON_DAYS = 366 * 9  # the 29th of February is at most eight years away


@dataclass(frozen=True, slots=True)
class Cron:
    """Which minutes fire. If `days` and `weekdays` (0 = Sunday) are both restricted, either will do."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    zone: str

    def next_after(self, moment: datetime) -> datetime | None:
        """The first firing later than `moment`, in UTC; none if there is none in nine years."""
        first = moment.astimezone(ZoneInfo(self.zone)).date()
        for offset in range(-1, _HORIZON_DAYS):
            day = first + timedelta(days=offset)
            if self._fires_on(day):
                found = next((at for at in _firings(self, day) if at > moment), None)
                if found is not None:
                    return found
        return None

    def _fires_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_day or by_weekday if self.either_day else by_day and by_weekday


def parse_cron(text: str) -> Cron:
    """Raises ValueError, also for an expression that never fires."""
    text = text.strip()
    prefix = _PREFIX.match(text)
    zone = prefix.group(1) if prefix else "UTC"
    try:
        ZoneInfo(zone)
    except (KeyError, OSError, ValueError) as exc:  # unknown; a folder or unreadable; not a name at all
        raise ValueError(f"unknown time zone {zone}") from exc
    fields = text[prefix.end() if prefix else 0 :].split()
    if len(fields) != 5:
        raise ValueError(f"expected exactly 5 fields, found {len(fields)}")
    minute, hour, day, month, weekday = fields
    cron = Cron(
        minutes=_field(minute, 0, 59),
        hours=_field(hour, 0, 23),
        days=_field(day, 1, 31),
        months=_field(month, 1, 12, _MONTHS),
        weekdays=_field(weekday, 0, 6, _WEEKDAYS),
        either_day=day[0] not in "*?" and weekday[0] not in "*?",
        zone=zone,
    )
    if cron.next_after(datetime(2024, 1, 1, tzinfo=UTC)) is None:
        raise ValueError("the expression never fires")
    return cron


def _field(text: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        start, dash, end = span.partition("-")
        if start in ("*", "?") and not dash:
            first, last = low, high
        else:
            first = _value(start, names)
            last = _value(end, names) if dash else high if slash else first
        if not low <= first <= last <= high:
            raise ValueError(f"{part} is outside {low}-{high}")
        stride = _value(step, None) if slash else 1
        if stride < 1:
            raise ValueError(f"{part} has no step")
        values.update(range(first, last + 1, stride))
    return frozenset(values)


def _value(text: str, names: dict[str, int] | None) -> int:
    if names and text.upper() in names:
        return names[text.upper()]
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not a number")
    return int(text)


@lru_cache(maxsize=256)
def _firings(cron: Cron, day: date) -> tuple[datetime, ...]:
    """Every firing of a local day, in UTC and in order."""
    zone = ZoneInfo(cron.zone)
    found: set[datetime] = set()
    for hour in cron.hours:
        for minute in cron.minutes:
            for fold in (0, 1):
                local = datetime.combine(day, time(hour, minute, fold=fold), zone)
                at = local.astimezone(UTC)
                if at.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                    found.add(at)
    return tuple(sorted(found))
