"""When a custom rule fires. Two kinds: wall times in the schedule's zone, or a grid of elapsed hours (HOURLY).

The anchor stands for RFC 5545's DTSTART: it gives the date and time that the text leaves open, the place where
intervals begin, and the first occurrence that COUNT may count. COUNT is of occurrences, also of those that nobody
performed; `max_runs` of a schedule is of runs. No search goes past the horizon it is given.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from lib.domain.recurrence.fixed import Firing, next_on_grid
from lib.domain.recurrence.rrule_text import Days, Freq, Pattern, parse_rrule
from lib.domain.recurrence.rrule_years import dates_of_year, wall_times
from lib.domain.recurrence.wall_clock import find_zone, instant_of
from lib.domain.schedule import Rule
from lib.errors import Invalid

FIVE_YEARS = timedelta(days=5 * 366)  # five calendar years wherever they begin
MOMENT = timedelta(microseconds=1)  # what datetime can tell apart: "at or after t" is "after t - MOMENT"


@dataclass(frozen=True, slots=True)
class Plan:
    """A custom rule, read: what its text says, and what its anchor, time and zone add."""

    pattern: Pattern
    zone: ZoneInfo
    first: datetime  # naive local: DTSTART
    grid_at: datetime  # a point of the grid, if HOURLY
    until_at: datetime | None


def next_custom(rule: Rule, after: datetime) -> Firing | None:
    """The first occurrence after `after`, or None: past COUNT or UNTIL, or nothing within five years."""
    plan = read_plan(rule)
    horizon = after + FIVE_YEARS
    if plan.pattern.count is not None:
        after = max(after, rule.anchor_at - MOMENT)
    firing = next(find_firings(plan, after, horizon), None)
    if firing is None or (plan.until_at is not None and firing.at > plan.until_at):
        return None
    if plan.pattern.count is not None:
        last_at = find_last_counted(rule, horizon.year)
        return None if last_at is not None and firing.at > last_at else firing
    return firing


@lru_cache(maxsize=256)
def read_plan(rule: Rule) -> Plan:
    if rule.rrule is None:
        raise Invalid("rrule", "custom needs one", "FREQ=WEEKLY;BYDAY=MO,TH")
    pattern, zone = parse_rrule(rule.rrule), find_zone(rule.timezone)
    start = rule.anchor_at.astimezone(zone).replace(tzinfo=None, microsecond=0)
    until = pattern.until
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return Plan(
        pattern=pattern,
        zone=zone,
        first=datetime.combine(start, starting_time(rule, pattern, start.time())),
        grid_at=rule.anchor_at.astimezone(UTC) + to_minute(pattern, start),
        until_at=until,
    )


def starting_time(rule: Rule, pattern: Pattern, start: time) -> time:
    """The time of day that the text leaves open: time_of_day, else that of the anchor.

    BYHOUR without any of them means the full hour, not the minute at which somebody happened to press "create".
    """
    if rule.time_of_day is not None:
        return rule.time_of_day
    return start if rule.starts_at is not None or not pattern.hours else start.replace(minute=0, second=0)


def to_minute(pattern: Pattern, start: datetime) -> timedelta:
    """From the anchor to the first moment with the BYMINUTE and BYSECOND of an HOURLY rule."""
    minute = start.minute if pattern.minute is None else pattern.minute
    second = start.second if pattern.second is None else pattern.second
    return timedelta(seconds=(minute * 60 + second - start.minute * 60 - start.second) % 3600)


@lru_cache(maxsize=256)
def find_last_counted(rule: Rule, year: int) -> datetime | None:
    """The occurrence at which COUNT is used up, or None if that is after the given year."""
    plan = read_plan(rule)
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    firings = find_firings(plan, rule.anchor_at - MOMENT, end)
    last = next(islice(firings, (plan.pattern.count or 1) - 1, None), None)
    return None if last is None else last.at


def find_firings(plan: Plan, after: datetime, horizon: datetime) -> Iterator[Firing]:
    """All occurrences after `after` up to the horizon, strictly increasing, without regard to COUNT and UNTIL."""
    find = find_on_grid if plan.pattern.freq is Freq.HOURLY else find_on_clock
    return find(plan, after, horizon)


def find_on_clock(plan: Plan, after: datetime, horizon: datetime) -> Iterator[Firing]:
    local = after.astimezone(plan.zone).replace(tzinfo=None)
    for year in range(local.year, horizon.year + 1):
        walls = wall_times(plan.pattern, plan.first, year)
        for wall in islice(walls, bisect_left(walls, local), None):
            wanted = wall.replace(tzinfo=plan.zone)
            at = instant_of(wanted)
            if at is None or at <= after:  # a date left out, a repeated hour that was used, or two times in one gap
                continue
            if at > horizon:
                return
            yield Firing(wanted, at)
            after = at


def find_on_grid(plan: Plan, after: datetime, horizon: datetime) -> Iterator[Firing]:
    step, days = timedelta(hours=plan.pattern.interval), plan.pattern.days
    chosen = any((days.months, days.month_days, days.year_days, days.weekdays))
    at = next_on_grid(plan.grid_at, step, after)
    while at <= horizon:
        day = at.astimezone(plan.zone).date()
        allowed = next_date(days, day, horizon) if chosen else day
        if allowed is None:
            return
        if allowed == day:
            yield Firing(None, at)
            at += step
        else:
            midnight = instant_of(datetime.combine(allowed, time.min, plan.zone)) or at
            at = next_on_grid(plan.grid_at, step, max(at, midnight - MOMENT))


def next_date(days: Days, day: date, horizon: datetime) -> date | None:
    """The first date that the filter lets through, from `day` on."""
    for year in range(day.year, horizon.year + 2):
        dates = dates_of_year(days, year)
        index = bisect_left(dates, day)
        if index < len(dates):
            return dates[index]
    return None
