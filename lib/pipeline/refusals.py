"""Why a run that a person asked for may not be, as the doors tell it."""

from collections.abc import Mapping
from typing import Any

from lib.domain.run import Claim, RunReason
from lib.domain.schedule import Schedule
from lib.errors import Conflict, DrumbeatError, Forbidden, Invalid, LimitReached


def refusal(claim: Claim) -> DrumbeatError:
    """Why it may not run now; with the limit, what is used of it and when it turns, where it is a limit."""
    match claim.reason:
        case RunReason.SUBSCRIPTION:
            return Forbidden("subscription", "The workspace's subscription has lapsed.")
        case RunReason.DELETED:
            return Conflict("deleted", "The schedule is deleted; restore it first.")
        case RunReason.QUOTA | RunReason.BUDGET:
            return limit_reached(claim.reason, claim.refusal or {})
    return Conflict("held", "The workspace is stopped.")


def require_targets(schedule: Schedule) -> None:
    """Raises Invalid for a schedule whose texts have nowhere to go."""
    if not schedule.settings.get("targets"):
        raise Invalid("publish", "there is nowhere to publish to: the schedule has no targets")


def limit_reached(reason: RunReason, met: Mapping[str, Any]) -> LimitReached:
    amounts = {name: met.get(name) for name in ("limit", "used", "needed")}
    if reason is RunReason.QUOTA:
        details = {**amounts, "turnsAt": met.get("turns_at")}
        return LimitReached("quota", "The plan's texts of the day are used up, or too few are left.", details)
    money = {f"{name}MicroUsd": amount for name, amount in amounts.items()}
    details = {"cap": met.get("cap"), **money, "turnsAt": met.get("turns_at")}
    return LimitReached("budget", "What is left of a limit on money is too little for this run.", details)
