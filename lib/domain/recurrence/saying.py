"""What there is to say about a rule, before it is said in a language: fixed and custom rules in one shape."""

from dataclasses import dataclass
from datetime import datetime

from lib.domain.recurrence.custom import read_plan
from lib.domain.recurrence.fixed import GRID, wall_time
from lib.domain.recurrence.rrule_text import Days, Freq
from lib.domain.recurrence.rrule_years import EVERY_DAY, EVERY_MONTH, complete_days, times_of_day
from lib.domain.recurrence.wall_clock import find_zone
from lib.domain.schedule import Frequency, Rule

FIXED = {Frequency.DAILY: Freq.DAILY, Frequency.WEEKLY: Freq.WEEKLY, Frequency.MONTHLY: Freq.MONTHLY}


@dataclass(frozen=True, slots=True)
class Saying:
    """The parts of a sentence. Weekdays count from Monday = 0, negative days and weekdays from the end."""

    freq: Freq
    interval: int = 1
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    nth_weekdays: tuple[tuple[int, int], ...] = ()
    times: tuple[str, ...] = ()  # one on a grid: a local time that it goes through
    or_last_day: bool = False  # shorter months use their last day
    count: int | None = None
    until: str | None = None
    starts: str | None = None
    text: str | None = None  # the rule itself, where a sentence would be longer than the rule


def say(rule: Rule) -> Saying:
    starts, ends = local_minute(rule.starts_at, rule), local_minute(rule.ends_at, rule)
    if rule.frequency is Frequency.CUSTOM:
        return say_custom(rule, starts, ends)
    if rule.frequency in GRID:
        hours = GRID[rule.frequency].seconds // 3600
        return Saying(Freq.HOURLY, hours, times=(anchor_time(rule),), until=ends, starts=starts)
    return Saying(
        FIXED[rule.frequency],
        weekdays=() if rule.weekday is None else (rule.weekday - 1,),
        month_days=() if rule.day_of_month is None else (rule.day_of_month,),
        times=(f"{wall_time(rule):%H:%M}",),
        or_last_day=(rule.day_of_month or 0) > 28,
        until=ends,
        starts=starts,
    )


def say_custom(rule: Rule, starts: str | None, ends: str | None) -> Saying:
    plan = read_plan(rule)
    pattern, is_grid = plan.pattern, plan.pattern.freq is Freq.HOURLY
    days = pattern.days if is_grid else complete_days(pattern, plan.first.date())
    if is_too_long(days) or pattern.positions:
        return Saying(pattern.freq, text=rule.rrule, until=ends, starts=starts)
    times = (f"{at:%H:%M}" for at in times_of_day(pattern, plan.first.time()))
    return Saying(
        freq=pattern.freq,
        interval=pattern.interval,
        months=() if days.months == EVERY_MONTH else days.months,
        month_days=tuple(sorted(days.month_days, key=lambda day: (day < 0, day))),
        weekdays=() if days.weekdays == EVERY_DAY else days.weekdays,
        nth_weekdays=tuple(sorted(days.nth_weekdays, key=lambda day: (day[1] < 0, day[1], day[0]))),
        times=(f"{plan.grid_at.astimezone(plan.zone):%H:%M}",) if is_grid else tuple(times),
        count=pattern.count,
        until=ends or local_minute(plan.until_at, rule),
        starts=starts,
    )


def is_too_long(days: Days) -> bool:
    unusual = any(not -2 <= nth <= 5 for _, nth in days.nth_weekdays) or any(day < -1 for day in days.month_days)
    both = bool(days.weekdays and days.nth_weekdays) or bool(days.month_days and (days.weekdays or days.nth_weekdays))
    return unusual or both or bool(days.weeks or days.year_days)


def anchor_time(rule: Rule) -> str:
    return f"{rule.anchor_at.astimezone(find_zone(rule.timezone)):%H:%M}"


def local_minute(moment: datetime | None, rule: Rule) -> str | None:
    return None if moment is None else f"{moment.astimezone(find_zone(rule.timezone)):%Y-%m-%d %H:%M}"
