"""Short ways to write rules and instants, for the tests of recurrence."""

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from lib.domain.recurrence import anchor_for, check_rule
from lib.domain.schedule import Frequency, Rule

NOW = datetime(2026, 11, 21, 8, 17, 33, tzinfo=UTC)  # a Saturday, 17:17 in Seoul


def utc(text: str) -> datetime:
    """utc("2026-03-08 07:00"): an aware instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clock(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)


def make(frequency: Frequency, zone: str = "Asia/Seoul", at: str | None = None, **fields: Any) -> Rule:
    """A rule as it is stored before anything is checked; its anchor is NOW unless given."""
    return Rule(frequency, zone, fields.pop("anchor_at", NOW), time_of_day=clock(at), **fields)


def daily(zone: str, at: str, **fields: Any) -> Rule:
    return make(Frequency.DAILY, zone, at, **fields)


def weekly(zone: str, at: str, weekday: int, **fields: Any) -> Rule:
    return make(Frequency.WEEKLY, zone, at, weekday=weekday, **fields)


def monthly(zone: str, at: str, day_of_month: int, **fields: Any) -> Rule:
    return make(Frequency.MONTHLY, zone, at, day_of_month=day_of_month, **fields)


def custom(rrule: str, zone: str = "UTC", at: str | None = None, **fields: Any) -> Rule:
    return make(Frequency.CUSTOM, zone, at, rrule=rrule, **fields)


def created(rule: Rule, now: datetime = NOW) -> Rule:
    """The rule as a creation at `now` would store it: anchored and accepted."""
    anchored = replace(rule, anchor_at=anchor_for(rule, now))
    check_rule(anchored, now)
    return anchored
