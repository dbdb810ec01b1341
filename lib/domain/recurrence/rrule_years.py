"""The wall times that a pattern gives in one calendar year, through dateutil.

Left to itself dateutil looks for the next match up to the year 9999: seconds of work for a rule such as 30 February.
So it is asked for one year at a time, as a YEARLY rule with an interval of 10,000 years: its loop ends after that
year, whatever the rule. A search through five years is then five such steps, and a rule that fires in none of them
never fires. INTERVAL, BYSETPOS and COUNT, which look across years, are applied here and in `custom`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from functools import lru_cache
from itertools import groupby

from lib.domain.recurrence.rrule_text import Days, Freq, Pattern

ONE_YEAR_ONLY = 10_000
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
EVERY_MONTH = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)


@lru_cache(maxsize=64)  # at most 8,784 wall times each
def wall_times(pattern: Pattern, first: datetime, year: int) -> tuple[datetime, ...]:
    """Naive local times in order. `first` (naive) gives what the pattern leaves open, and where its intervals begin."""
    days, times = complete_days(pattern, first.date()), times_of_day(pattern, first.time())
    period = PERIODS[pattern.freq]
    if not pattern.positions:
        dates = in_interval(dates_of_year(days, year), pattern, first.date())
        return tuple(datetime.combine(day, at) for day in dates for at in times)
    dates = in_interval(dates_around(days, year), pattern, first.date())
    chosen = (
        wall
        for _, group in groupby(dates, lambda day: period(day, days.week_start))
        for wall in at_positions(tuple(group), times, pattern.positions)
    )
    return tuple(wall for wall in chosen if wall.year == year)


@lru_cache(maxsize=512)
def dates_of_year(days: Days, year: int) -> tuple[date, ...]:
    """The dates of one year that the filter lets through, in order."""
    if days.weekdays and days.nth_weekdays:  # RFC 5545: either will do; dateutil would want both at once
        plain, nth = replace(days, nth_weekdays=()), replace(days, weekdays=())
        return tuple(sorted({*dates_of_year(plain, year), *dates_of_year(nth, year)}))
    if is_open(days):  # dateutil would take "any day" for the day of dtstart
        days = replace(days, weekdays=EVERY_DAY)
    from dateutil import rrule

    return tuple(
        moment.date()
        for moment in rrule.rrule(
            rrule.YEARLY,
            interval=ONE_YEAR_ONLY,
            dtstart=datetime(year, 1, 1),  # noqa: DTZ001 - wall time
            wkst=days.week_start,
            bymonth=days.months or None,
            bymonthday=days.month_days or None,
            byyearday=days.year_days or None,
            byweekno=days.weeks or None,
            byweekday=[rrule.weekday(*nth) for nth in days.nth_weekdays] or days.weekdays or None,
        )
    )


def dates_around(days: Days, year: int) -> Iterator[date]:
    """The year with the rest of the weeks that cross its ends."""
    yield from dates_of_year(days, year - 1)[-6:]
    yield from dates_of_year(days, year)
    yield from dates_of_year(days, year + 1)[:6]


def complete_days(pattern: Pattern, first: date) -> Days:
    """The filter with what RFC 5545 takes from the start when the rule does not say it."""
    days = pattern.days
    if pattern.freq is Freq.YEARLY and is_open(days):
        return replace(days, months=days.months or (first.month,), month_days=(first.day,))
    if pattern.freq is Freq.MONTHLY:
        # Asked for by the year, an nth weekday counts within the month only if the months are named.
        month_days = (first.day,) if is_open(days) else days.month_days
        return replace(days, months=days.months or EVERY_MONTH, month_days=month_days)
    if pattern.freq is Freq.WEEKLY and is_open(days):
        return replace(days, weekdays=(first.weekday(),))
    return days


def is_open(days: Days) -> bool:
    """Whether any day of the months will do."""
    return not (days.weekdays or days.nth_weekdays or days.month_days or days.year_days or days.weeks)


def times_of_day(pattern: Pattern, first: time) -> tuple[time, ...]:
    minute = first.minute if pattern.minute is None else pattern.minute
    second = first.second if pattern.second is None else pattern.second
    return tuple(time(hour, minute, second) for hour in pattern.hours or (first.hour,))


def by_year(day: date, _week_start: int) -> int:
    return day.year


def by_month(day: date, _week_start: int) -> int:
    return day.year * 12 + day.month


def by_week(day: date, week_start: int) -> int:
    return (day.toordinal() - 1 - week_start) // 7  # 1 January of the year 1 was a Monday


def by_day(day: date, _week_start: int) -> int:
    return day.toordinal()


PERIODS: dict[Freq, Callable[[date, int], int]] = {
    Freq.YEARLY: by_year,
    Freq.MONTHLY: by_month,
    Freq.WEEKLY: by_week,
    Freq.DAILY: by_day,
}


def in_interval(dates: Iterable[date], pattern: Pattern, first: date) -> Iterable[date]:
    """Every nth period, counted from the one that `first` is in."""
    if pattern.interval == 1:
        return dates
    period, start = PERIODS[pattern.freq], pattern.days.week_start
    beginning = period(first, start)
    return (day for day in dates if (period(day, start) - beginning) % pattern.interval == 0)


def at_positions(dates: tuple[date, ...], times: tuple[time, ...], positions: tuple[int, ...]) -> list[datetime]:
    """What BYSETPOS chooses of one period's wall times, without building them all."""
    total = len(dates) * len(times)
    indexes = {at - 1 if at > 0 else total + at for at in positions if abs(at) <= total}
    return [datetime.combine(dates[index // len(times)], times[index % len(times)]) for index in sorted(indexes)]
