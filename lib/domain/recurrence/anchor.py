"""Where a schedule's grid, intervals and counting begin. Decided at creation, and again only by an edit of the rule."""

from dataclasses import replace
from datetime import UTC, datetime

from lib.domain.recurrence.custom import FIVE_YEARS, find_firings, read_plan
from lib.domain.recurrence.fixed import wall_time
from lib.domain.recurrence.wall_clock import find_zone, instant_of
from lib.domain.schedule import Frequency, Rule
from lib.errors import Invalid

EARLIEST_START = datetime(1970, 1, 1, tzinfo=UTC)


def anchor_for(rule: Rule, now: datetime) -> datetime:
    """The `anchor_at` for a rule whose other fields are set (its own `anchor_at` is not looked at), in UTC.

    starts_at if there is one; else time_of_day on the local date of `now`, which may be behind us or ahead: a grid
    goes on to both sides; else the minute of `now`. A custom rule with COUNT is anchored at its first occurrence after
    now, so that COUNT counts runs that can happen. Raises `Invalid` for timezone, startsAt or rrule.
    """
    zone = find_zone(rule.timezone)
    if rule.starts_at is not None:
        check_start(rule.starts_at, now)
        return rule.starts_at.astimezone(UTC).replace(microsecond=0)
    anchor_at = now.astimezone(UTC).replace(second=0, microsecond=0)
    if rule.time_of_day is not None:
        anchor_at = instant_of(datetime.combine(now.astimezone(zone), wall_time(rule), zone)) or anchor_at
    return first_counted(replace(rule, anchor_at=anchor_at), now)


def check_start(starts_at: datetime | None, now: datetime) -> None:
    if starts_at is None:
        return
    if starts_at.tzinfo is None:
        raise Invalid("startsAt", "needs an offset from UTC", "2026-12-01T09:00:00+09:00")
    if not EARLIEST_START <= starts_at <= now + FIVE_YEARS:
        raise Invalid("startsAt", "must be between 1970 and five years from now")


def first_counted(rule: Rule, now: datetime) -> datetime:
    if rule.frequency is not Frequency.CUSTOM or read_plan(rule).pattern.count is None:
        return rule.anchor_at
    first = next(find_firings(read_plan(rule), now, now + FIVE_YEARS), None)
    return rule.anchor_at if first is None else first.at
