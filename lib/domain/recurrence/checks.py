"""Whether a rule can be kept at all. Every refusal names the field as the caller spells it."""

from dataclasses import replace
from datetime import MAXYEAR, UTC, datetime

from lib.domain.recurrence.anchor import check_start
from lib.domain.recurrence.occurrences import next_occurrence
from lib.domain.recurrence.wall_clock import find_zone
from lib.domain.schedule import Frequency, Rule
from lib.errors import Invalid

LATEST_END = datetime(MAXYEAR, 1, 1, tzinfo=UTC)  # later ones have no local time in every zone
REQUIRED = {
    Frequency.HOURLY: (),
    Frequency.EVERY_3_HOURS: (),
    Frequency.EVERY_6_HOURS: (),
    Frequency.DAILY: ("timeOfDay",),
    Frequency.WEEKLY: ("timeOfDay", "weekday"),
    Frequency.MONTHLY: ("timeOfDay", "dayOfMonth"),
    Frequency.CUSTOM: ("rrule",),
}
EXAMPLES = {
    "timeOfDay": "00:00 to 23:59",
    "weekday": "1 (Monday) to 7 (Sunday)",
    "dayOfMonth": "1 to 31",
    "rrule": "FREQ=WEEKLY;BYDAY=MO,TH",
}


def check_rule(rule: Rule, now: datetime) -> None:
    """Raise `Invalid` unless the rule is complete, consistent, and fires within five years, at most hourly."""
    find_zone(rule.timezone)
    check_fields(rule)
    check_values(rule)
    check_bounds(rule, now)
    check_fires(rule, now)


def check_fields(rule: Rule) -> None:
    """time_of_day goes with every frequency (on a grid it says where the grid lies); the others with their own."""
    given = {
        "timeOfDay": rule.time_of_day,
        "weekday": rule.weekday,
        "dayOfMonth": rule.day_of_month,
        "rrule": rule.rrule,
    }
    for field, value in given.items():
        if field in REQUIRED[rule.frequency] and value is None:
            raise Invalid(field, f"{rule.frequency} needs one", EXAMPLES[field])
        if field not in (*REQUIRED[rule.frequency], "timeOfDay") and value is not None:
            raise Invalid(field, f"has no meaning with frequency {rule.frequency}")


def check_values(rule: Rule) -> None:
    if rule.time_of_day is not None and (rule.time_of_day.tzinfo is not None or rule.time_of_day.microsecond):
        raise Invalid("timeOfDay", "wall clock in the schedule's zone, in whole seconds", EXAMPLES["timeOfDay"])
    if rule.weekday is not None and not 1 <= rule.weekday <= 7:
        raise Invalid("weekday", f"{rule.weekday} is not a weekday", EXAMPLES["weekday"])
    if rule.day_of_month is not None and not 1 <= rule.day_of_month <= 31:
        raise Invalid("dayOfMonth", f"{rule.day_of_month} is not a day of a month", EXAMPLES["dayOfMonth"])


def check_bounds(rule: Rule, now: datetime) -> None:
    check_start(rule.starts_at, now)
    if rule.ends_at is None:
        return
    if rule.ends_at.tzinfo is None:
        raise Invalid("endsAt", "needs an offset from UTC", "2026-12-01T09:00:00+09:00")
    if rule.ends_at <= now:
        raise Invalid("endsAt", "is past")
    if rule.ends_at >= LATEST_END:
        raise Invalid("endsAt", "is beyond the calendar; leave it out for no end")
    if rule.starts_at is not None and rule.ends_at < rule.starts_at:
        raise Invalid("endsAt", "is before startsAt")


def check_fires(rule: Rule, now: datetime) -> None:
    if next_occurrence(rule, now) is not None:
        return
    if rule.ends_at is not None and next_occurrence(replace(rule, ends_at=None), now) is not None:
        raise Invalid("endsAt", "nothing fires before it")
    if rule.frequency is Frequency.CUSTOM:
        raise Invalid("rrule", "never fires within five years")
    raise Invalid("startsAt", "nothing fires within five years")
