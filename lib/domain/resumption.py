"""What becomes of what was held while a workspace was stopped, once it goes on: pure planning, no I/O.

Every due time up to now ends in a ledger row, or still stands; no more than the newest of a schedule ever stands. It
stands until its limit is over as it always does, except that what is spread may begin as late as its slot comes, if its
successor is not due by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from lib.domain.plan import Plan, catch_up, plan_after
from lib.domain.recurrence import next_occurrence
from lib.domain.schedule import Schedule
from lib.errors import Invalid

USUAL_SPREAD = timedelta(minutes=10)
SHORTEST_SPREAD = timedelta(minutes=1)
LONGEST_SPREAD = timedelta(days=1)
# Of one schedule, each up to MOST_AT_ONCE due times: over a year of an hourly one. Of the rest the sweep makes rows.
MOST_PASSES = 20
SLOT_LASTS = timedelta(minutes=15)  # for a message to be delivered and tried again
FOR_EVER = datetime.max.replace(tzinfo=UTC)


class Resume(StrEnum):
    """What is done about what was held."""

    SKIP = "skip"  # none of it happens; the ledger says that it was stopped
    CATCH_UP = "catch_up"  # the newest of each schedule happens now, if its limit is not over
    SPREAD = "spread"  # the same, but one after another


@dataclass(frozen=True, slots=True)
class Resumed:
    """How one schedule goes on. `skipped` and `missed` get rows; `start_at`: when what stands begins, none if it is not
    due yet."""

    schedule: Schedule
    skipped: Sequence[datetime]
    missed: Sequence[datetime]
    plan: Plan
    start_at: datetime | None = None

    def as_row(self) -> dict[str, Any]:
        """As `resume_workspace` takes it: a compare-and-set on the due time and the revision."""
        return {
            "schedule_id": self.schedule.id,
            "due_at": self.schedule.next_run_at,
            "revision": self.schedule.revision,
            "skipped": list(self.skipped),
            "missed": list(self.missed),
            "next_run_at": self.plan.next_run_at,
            "late_at": self.plan.late_at,
        }


def plan_resumption(held: Sequence[Schedule], how: Resume, spread: timedelta, now: datetime) -> Sequence[Resumed]:
    """`held`: schedules that wait for something that is due."""
    due = [it for it in held if it.next_run_at is not None and it.next_run_at <= now]
    if how is Resume.SKIP:
        return [_skip(schedule, now) for schedule in due]
    caught_up = [_catch_up(schedule, now) for schedule in due]
    return _spread(caught_up, spread, now) if how is Resume.SPREAD else caught_up


def _skip(schedule: Schedule, now: datetime) -> Resumed:
    gathered, plan = _gathered(schedule, now)
    if plan.next_run_at is not None and plan.next_run_at <= now:
        gathered, plan = [*gathered, plan.next_run_at], _after(schedule, plan.next_run_at)
    return Resumed(schedule, gathered, (), plan)


def _catch_up(schedule: Schedule, now: datetime) -> Resumed:
    missed, plan = _gathered(schedule, now)
    is_due = plan.next_run_at is not None and plan.next_run_at <= now
    return Resumed(schedule, (), missed, plan, now if is_due else None)


def _spread(resumed: Sequence[Resumed], spread: timedelta, now: datetime) -> Sequence[Resumed]:
    """Whose successor is due first goes first; what would have to begin after that is missed."""
    waiting = [(_successor_at(it), it.schedule.id, it) for it in resumed if it.start_at is not None]
    planned: dict[str, Resumed] = {}
    start_at = now
    for successor_at, schedule_id, it in sorted(waiting, key=lambda one: one[:2]):
        if start_at < successor_at:
            planned[schedule_id] = _begun_at(it, start_at, successor_at)
            start_at += spread
        else:
            planned[schedule_id] = _given_up(it)
    return [planned.get(it.schedule.id, it) for it in resumed]


def _begun_at(it: Resumed, start_at: datetime, successor_at: datetime) -> Resumed:
    late_at = min(successor_at, max(it.plan.late_at or start_at, start_at + SLOT_LASTS))
    return replace(it, plan=replace(it.plan, late_at=late_at), start_at=start_at)


def _given_up(it: Resumed) -> Resumed:
    due_at = it.plan.next_run_at
    if due_at is None:
        return it
    return replace(it, missed=[*it.missed, due_at], plan=_after(it.schedule, due_at), start_at=None)


def _successor_at(it: Resumed) -> datetime:
    due_at = it.plan.next_run_at
    return (next_occurrence(it.schedule.rule, due_at) if due_at else None) or FOR_EVER


def _gathered(schedule: Schedule, now: datetime) -> tuple[list[datetime], Plan]:
    """The due times that nobody can perform any more, and what stands. A stored rule that cannot be used ends its
    schedule."""
    gathered, plan = list[datetime](), Plan(schedule.next_run_at, schedule.late_at)
    try:
        for _ in range(MOST_PASSES):
            if plan.next_run_at is None or plan.next_run_at > now:
                break
            passed = catch_up(schedule.rule, plan.next_run_at, now, schedule.lateness_limit)
            gathered += passed.missed
            plan = passed.plan
            if not passed.missed:
                break
    except Invalid:
        return [*gathered, *([plan.next_run_at] if plan.next_run_at else [])], Plan(None, None)
    return gathered, plan


def _after(schedule: Schedule, due_at: datetime) -> Plan:
    return plan_after(schedule.rule, due_at, schedule.lateness_limit)
