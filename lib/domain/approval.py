"""Whether a schedule's contents go out by themselves, or a person says yes first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from lib.domain.run import DeadlineAction
from lib.errors import Invalid

MOST_REVIEWERS = 10
LONGEST_BEFORE = timedelta(days=1)
MAIL = re.compile(r"[^\s@<>,;\"']{1,64}@[^\s@<>,;\"']{1,180}\.[^\s@<>,;\"'.]{2,20}")


class ApprovalMode(StrEnum):
    """Who decides that a content goes out."""

    AUTO = "auto"  # the gates alone
    REVIEW = "review"  # a person, however long that takes
    REVIEW_UNTIL = "review_until"  # a person, up to some minutes before its time; then `otherwise` does


@dataclass(frozen=True, slots=True)
class Approval:
    """What `settings.approval` says. `before` and `on_deadline` are REVIEW_UNTIL's; `reviewers` are sent a link."""

    mode: ApprovalMode = ApprovalMode.AUTO
    before: timedelta = timedelta(0)
    on_deadline: DeadlineAction = DeadlineAction.SKIP
    reviewers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deadline:
    """When nobody's word counts any more, and when it then goes out."""

    approve_by: datetime
    publish_at: datetime


def read_approval(settings: Mapping[str, Any]) -> Approval:
    """From `settings.approval`: {mode, minutesBefore, otherwise, reviewers}. Raises Invalid with the field's name."""
    given = settings.get("approval")
    if given is None:
        return Approval()
    if not isinstance(given, Mapping):
        raise Invalid("settings.approval", "is not an object")
    if unknown := given.keys() - {"mode", "minutesBefore", "otherwise", "reviewers"}:
        raise Invalid(f"settings.approval.{min(unknown)}", "is not known")
    mode = _choice(given.get("mode", ApprovalMode.AUTO), ApprovalMode, "settings.approval.mode")
    reviewers = _reviewers(given.get("reviewers") or ())
    if mode is not ApprovalMode.REVIEW_UNTIL:
        for name in ("minutesBefore", "otherwise"):
            if given.get(name) is not None:
                raise Invalid(f"settings.approval.{name}", "only goes with mode review_until")
        return Approval(mode, reviewers=reviewers)
    action = _choice(given.get("otherwise"), DeadlineAction, "settings.approval.otherwise")
    return Approval(mode, _before(given.get("minutesBefore")), action, reviewers)


def check_lead(approval: Approval, lead: timedelta) -> None:
    """A deadline needs a text before it. Raises Invalid for a lead that leaves no time to decide."""
    if approval.mode is ApprovalMode.REVIEW_UNTIL and lead <= approval.before:
        minutes = approval.before // timedelta(minutes=1)
        raise Invalid("leadTime", "leaves no time to decide before the deadline", f"more than PT{minutes}M")


def deadline_of(approval: Approval, wanted_at: datetime, written_at: datetime, lead: timedelta) -> Deadline | None:
    """The deadline of a text that is wanted out at `wanted_at`; none when there is none.

    Written in time, it is `before` its time. Written too late for that, there is still as long to decide as the
    schedule's lead promises, and it goes out that much later.
    """
    if approval.mode is not ApprovalMode.REVIEW_UNTIL:
        return None
    approve_by = wanted_at - approval.before
    if approve_by <= written_at:
        approve_by = written_at + max(lead - approval.before, timedelta(minutes=1))
    return Deadline(approve_by, approve_by + approval.before)


def _choice[Choice: StrEnum](value: object, choices: type[Choice], field: str) -> Choice:
    if not isinstance(value, str) or value not in choices:
        raise Invalid(field, "is not known" if value is not None else "is missing", [it.value for it in choices])
    return choices(value)


def _before(minutes: object) -> timedelta:
    most = LONGEST_BEFORE // timedelta(minutes=1)
    if type(minutes) is not int or not 1 <= minutes < most:
        raise Invalid("settings.approval.minutesBefore", "is not a whole number of minutes", [1, most - 1])
    return timedelta(minutes=minutes)


def _reviewers(given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple):
        raise Invalid("settings.approval.reviewers", "is not a list")
    if len(given) > MOST_REVIEWERS:
        raise Invalid("settings.approval.reviewers", f"has more than {MOST_REVIEWERS} entries", MOST_REVIEWERS)
    for at, mail in enumerate(given):
        if not isinstance(mail, str) or not MAIL.fullmatch(mail):
            raise Invalid(f"settings.approval.reviewers[{at}]", "is not an e-mail address")
    return tuple(dict.fromkeys(given))
