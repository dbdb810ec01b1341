"""When the six fixed frequencies fire: closed forms, no iteration over what lies between.

Sub-daily is a grid of elapsed time through the anchor, to both sides. The others are a wall time on chosen dates.
Each function gives the wall time that was wanted and the instant that it gets.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from lib.domain.recurrence.wall_clock import find_zone, instant_of
from lib.domain.schedule import Frequency, Rule
from lib.errors import Invalid

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
GRID = {
    Frequency.HOURLY: timedelta(hours=1),
    Frequency.EVERY_3_HOURS: timedelta(hours=3),
    Frequency.EVERY_6_HOURS: timedelta(hours=6),
}


class Firing(NamedTuple):
    """One occurrence: the local date and time that the rule asked for, and the instant that it gets."""

    wanted: datetime | None  # in the schedule's zone, also if its clocks skip it; None on a grid of elapsed time
    at: datetime


def next_on_grid(anchor_at: datetime, step: timedelta, after: datetime) -> datetime:
    """The first grid point strictly after `after`."""
    return anchor_at + ((after - anchor_at) // step + 1) * step


def next_sub_daily(rule: Rule, after: datetime) -> Firing:
    anchor_at = rule.anchor_at if rule.anchor_at.tzinfo is UTC else rule.anchor_at.astimezone(UTC)
    return Firing(None, next_on_grid(anchor_at, GRID[rule.frequency], after))


def next_daily(rule: Rule, after: datetime) -> Firing:
    zone = find_zone(rule.timezone)
    return first_after(after, after.astimezone(zone).date(), DAY, rule)


def next_weekly(rule: Rule, after: datetime) -> Firing:
    if rule.weekday is None:
        raise Invalid("weekday", "weekly needs one", "1 (Monday) to 7 (Sunday)")
    day = after.astimezone(find_zone(rule.timezone)).date()
    return first_after(after, day + timedelta(days=(rule.weekday - day.isoweekday()) % 7), WEEK, rule)


def next_monthly(rule: Rule, after: datetime) -> Firing:
    """On the wanted day, or on the last day of a shorter month; the next month wants the same day again."""
    if rule.day_of_month is None:
        raise Invalid("dayOfMonth", "monthly needs one", "1 to 31")
    wanted_at, zone = wall_time(rule), find_zone(rule.timezone)
    local = after.astimezone(zone)
    year, month = local.year, local.month
    while True:
        day = date(year, month, min(rule.day_of_month, monthrange(year, month)[1]))
        wanted = datetime.combine(day, wanted_at, zone)
        at = instant_of(wanted)
        if at is not None and at > after:
            return Firing(wanted, at)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def first_after(after: datetime, day: date, step: timedelta, rule: Rule) -> Firing:
    """The first of the dates `day`, `day + step`, … whose wall time comes strictly after `after`.

    `day` must not be before the local date of `after`: wall times of earlier dates are past by then.
    """
    wanted_at, zone = wall_time(rule), find_zone(rule.timezone)
    while True:
        wanted = datetime.combine(day, wanted_at, zone)
        at = instant_of(wanted)
        if at is not None and at > after:
            return Firing(wanted, at)
        day += step


def wall_time(rule: Rule) -> time:
    if rule.time_of_day is None:
        raise Invalid("timeOfDay", f"{rule.frequency} needs one", "00:00 to 23:59")
    return rule.time_of_day.replace(fold=0) if rule.time_of_day.fold else rule.time_of_day
