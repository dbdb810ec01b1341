"""Which occurrences come: the next one, a list, those that are due; and until when one may still be performed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from lib.domain.recurrence.custom import FIVE_YEARS, MOMENT, next_custom
from lib.domain.recurrence.fixed import Firing, next_daily, next_monthly, next_sub_daily, next_weekly
from lib.domain.recurrence.wall_clock import find_zone, is_repeated, is_skipped
from lib.domain.schedule import Frequency, Rule

LONGEST_LATENESS = timedelta(hours=6)

NEXT: dict[Frequency, Callable[[Rule, datetime], Firing | None]] = {
    Frequency.HOURLY: next_sub_daily,
    Frequency.EVERY_3_HOURS: next_sub_daily,
    Frequency.EVERY_6_HOURS: next_sub_daily,
    Frequency.DAILY: next_daily,
    Frequency.WEEKLY: next_weekly,
    Frequency.MONTHLY: next_monthly,
    Frequency.CUSTOM: next_custom,
}


class ClockChange(StrEnum):
    """Why an occurrence is not what the rule's words let one expect."""

    GAP = "gap"  # the clocks jump over the wanted time; it runs when the gap ends
    OVERLAP = "overlap"  # the clocks show the wanted time twice; it runs the first time
    SHIFT = "shift"  # on an elapsed grid: from here on the same intervals show other local times
    MONTH_END = "month_end"  # the month is shorter than the wanted day; it runs on the last day


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence as a person sees it."""

    at: datetime  # aware UTC
    local: datetime  # the same instant in the schedule's zone
    note: ClockChange | None
    wanted: datetime | None  # naive: what the rule asked the local clock to show; None on an elapsed grid


def next_occurrence(rule: Rule, after: datetime) -> datetime | None:
    """The first occurrence strictly after `after`, in UTC; None if there is none within five years.

    `starts_at` and `ends_at` are both inclusive, and `starts_at` counts to the second. Raises `Invalid` if the rule
    cannot be used at all (see `check_rule`).
    """
    firing = next_firing(rule, after)
    return None if firing is None else firing.at


def occurrences(rule: Rule, after: datetime, n: int) -> tuple[Occurrence, ...]:
    """The next `n` occurrences after `after`, or as many as there are, with a note where a clock change shows."""
    zone = find_zone(rule.timezone)
    found = []
    previous = after if rule.starts_at is None else max(after, rule.starts_at)
    for firing in islice(iterate_firings(rule, after), n):
        local = firing.at.astimezone(zone)
        wanted = firing.wanted and firing.wanted.replace(tzinfo=None)
        found.append(Occurrence(firing.at, local, note_for(rule, firing, local, previous), wanted))
        previous = firing.at
    return tuple(found)


def due_between(rule: Rule, first: datetime, now: datetime, limit: int) -> tuple[datetime, ...]:
    """The due times from `first`, an occurrence, up to and including `now`; the oldest `limit` of them."""
    if first > now or limit < 1:
        return ()
    due = [first]
    for firing in islice(iterate_firings(rule, first), limit - 1):
        if firing.at > now:
            break
        due.append(firing.at)
    return tuple(due)


def late_at(due: datetime, following: datetime | None, lateness_limit: timedelta | None) -> datetime:
    """The instant from which on the occurrence at `due` is no longer performed: never after the following one is due.

    Without a limit of its own: half the interval to the following one, at most six hours.
    """
    if following is None:
        return due + (LONGEST_LATENESS if lateness_limit is None else lateness_limit)
    if lateness_limit is None:
        lateness_limit = min((following - due) / 2, LONGEST_LATENESS)
    return min(due + lateness_limit, following)


def next_firing(rule: Rule, after: datetime) -> Firing | None:
    if after.tzinfo is None:
        raise ValueError(f"{after} has no zone")
    since = after
    if rule.starts_at is not None and rule.starts_at > after:
        since = max(after, rule.starts_at.replace(microsecond=0) - MOMENT)
    firing = NEXT[rule.frequency](rule, since)
    if firing is None or (rule.ends_at is not None and firing.at > rule.ends_at) or firing.at - after > FIVE_YEARS:
        return None
    return firing


def iterate_firings(rule: Rule, after: datetime) -> Iterator[Firing]:
    while (firing := next_firing(rule, after)) is not None:
        yield firing
        after = firing.at


def note_for(rule: Rule, firing: Firing, local: datetime, previous: datetime) -> ClockChange | None:
    if firing.wanted is None:
        before = previous.astimezone(local.tzinfo)
        return ClockChange.SHIFT if before.utcoffset() != local.utcoffset() else None
    if is_skipped(firing.wanted):
        return ClockChange.GAP
    if is_repeated(firing.wanted):
        return ClockChange.OVERLAP
    if rule.frequency is Frequency.MONTHLY and firing.wanted.day != rule.day_of_month:
        return ClockChange.MONTH_END
    return None
