"""From what a person gave to a rule: what is left open is filled in, the anchor is set or stays."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from lib.domain.recurrence import anchor_for, check_rule
from lib.domain.recurrence.anchor import check_start
from lib.domain.recurrence.wall_clock import find_zone
from lib.domain.schedule import Frequency, Rule

# As in the database, whose columns have the same names.
RULE_FIELDS = ("frequency", "time_of_day", "weekday", "day_of_month", "rrule", "timezone", "starts_at", "ends_at")
# Fields that mean something with one frequency only.
OWN_FIELDS = {Frequency.WEEKLY: "weekday", Frequency.MONTHLY: "day_of_month", Frequency.CUSTOM: "rrule"}
# A new frequency, time, zone or start begins a new grid; for a custom rule its text is its frequency.
MOVES_ANCHOR = ("frequency", "time_of_day", "timezone", "starts_at", "rrule")


def new_rule(given: Mapping[str, Any], now: datetime) -> Rule:
    """The rule of a schedule that is created now. Raises Invalid for one that cannot be kept.

    Weekly without a weekday and monthly without a day mean the day of its start.
    """
    wanted = {name: given[name] for name in RULE_FIELDS if name in given}
    return settled(Rule(**wanted, anchor_at=now), now)


def edited_rule(rule: Rule, changes: Mapping[str, Any], now: datetime) -> Rule:
    """The rule after an edit; the same rule if nothing of it changes. Raises Invalid.

    A new frequency drops what only the old one had. The anchor moves only with MOVES_ANCHOR.
    """
    wanted = {name: changes[name] for name in RULE_FIELDS if name in changes}
    frequency = wanted.get("frequency", rule.frequency)
    dropped = {field: None for owner, field in OWN_FIELDS.items() if owner is not frequency}
    edited = replace(rule, **({**dropped, **wanted} if frequency is not rule.frequency else wanted))
    if edited == rule:
        return rule
    if all(getattr(edited, name) == getattr(rule, name) for name in MOVES_ANCHOR):
        check_rule(edited, now)
        return edited
    return settled(edited, now)


def settled(rule: Rule, now: datetime) -> Rule:
    """With its day filled in and its anchor set, and checked."""
    check_start(rule.starts_at, now)  # before its local date is asked for, which the calendar's ends have none of
    complete = with_day(rule, now)
    anchored = replace(complete, anchor_at=anchor_for(complete, now))
    check_rule(anchored, now)
    return anchored


def with_day(rule: Rule, now: datetime) -> Rule:
    start = (rule.starts_at or now).astimezone(find_zone(rule.timezone))
    if rule.frequency is Frequency.WEEKLY and rule.weekday is None:
        return replace(rule, weekday=start.isoweekday())
    if rule.frequency is Frequency.MONTHLY and rule.day_of_month is None:
        return replace(rule, day_of_month=start.day)
    return rule


def columns_of(rule: Rule) -> dict[str, Any]:
    """The rule as the database takes it."""
    return {**{name: getattr(rule, name) for name in RULE_FIELDS}, "anchor_at": rule.anchor_at}
