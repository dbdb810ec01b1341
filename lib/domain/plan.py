"""What comes after an occurrence: the next one, and from when on that one is too late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.domain.recurrence import due_between, late_at, next_occurrence
from lib.domain.schedule import Rule

MOST_AT_ONCE = 500  # due times handled in one pass: an hourly schedule's three weeks


@dataclass(frozen=True, slots=True)
class Plan:
    """The occurrence a schedule waits for. Both none: there is none left."""

    next_run_at: datetime | None
    late_at: datetime | None


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What becomes of due times that have gathered: `missed` were not performed in time, `plan` is what stands now."""

    missed: Sequence[datetime]
    plan: Plan


def plan_after(rule: Rule, after: datetime, lateness_limit: timedelta | None) -> Plan:
    """The first occurrence after `after`."""
    return plan_at(rule, next_occurrence(rule, after), lateness_limit)


def plan_at(rule: Rule, due_at: datetime | None, lateness_limit: timedelta | None) -> Plan:
    """The occurrence at `due_at`, which is late once its limit is over or its successor is due."""
    if due_at is None:
        return Plan(None, None)
    return Plan(due_at, late_at(due_at, next_occurrence(rule, due_at), lateness_limit))


def catch_up(rule: Rule, first: datetime, now: datetime, lateness_limit: timedelta | None) -> CatchUp:
    """Never a burst of stale runs: of all due times from `first` to now only the newest may still be performed.

    It is the plan while it is inside its limit; otherwise it is missed too, and the plan is the first future one. More
    than MOST_AT_ONCE due times take several passes, each ending with a plan that is late in its turn.
    """
    due = due_between(rule, first, now, MOST_AT_ONCE)
    if not due:
        return CatchUp((), plan_at(rule, first, lateness_limit))
    newest = plan_at(rule, due[-1], lateness_limit)
    if len(due) == MOST_AT_ONCE or (newest.late_at is not None and now < newest.late_at):
        return CatchUp(due[:-1], newest)
    return CatchUp(due, plan_after(rule, due[-1], lateness_limit))
