"""Where a run's contents go and when: what `finish_run` makes publications of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lib.domain.account import TargetAccount
from lib.domain.approval import Approval, ApprovalMode, deadline_of
from lib.domain.cadence import Slot, read_cadence, slot
from lib.domain.run import ContentStatus


@dataclass(frozen=True, slots=True)
class Wish:
    """`wanted_at`: when it is to go out, quiet hours aside; `lead`: how long before that it was to be written;
    `late_after`: how much later than its time it may go out, none for whatever a person asked for."""

    wanted_at: datetime
    lead: timedelta
    late_after: timedelta | None
    approval: Approval


def hand_over(
    wish: Wish, targets: Sequence[TargetAccount], items: Iterable[int], written_at: datetime
) -> dict[str, Any] | None:
    """As `finish_run` takes it; none when there is nowhere to go. Items of one account keep its spacing."""
    if not targets:
        return None
    deadline = deadline_of(wish.approval, wish.wanted_at, written_at, wish.lead)
    wanted_at = deadline.publish_at if deadline else max(wish.wanted_at, written_at)
    taken = {target.account.id: list(target.taken) for target in targets}
    planned = []
    for item in items:
        for target in targets:
            found = slot_of(target, wanted_at, taken[target.account.id])
            taken[target.account.id].append(found.at)
            planned.append(
                {
                    "item": item,
                    "account_id": target.account.id,
                    "publish_at": found.at.isoformat(),
                    "late_at": _late_at(wish, found.at),
                }
            )
    is_auto = wish.approval.mode is ApprovalMode.AUTO
    return {
        "status": (ContentStatus.PENDING_PUBLISH if is_auto else ContentStatus.PENDING_APPROVAL).value,
        "approve_by": deadline.approve_by.isoformat() if deadline else None,
        "on_deadline": wish.approval.on_deadline.value if deadline else None,
        "targets": planned,
    }


def slot_of(target: TargetAccount, wanted_at: datetime, taken: Sequence[datetime]) -> Slot:
    """When it goes out there. A stored cadence was checked when it was stored."""
    return slot(read_cadence(target.account.cadence, target.account.spacing), wanted_at, taken)


def _late_at(wish: Wish, publish_at: datetime) -> str | None:
    """Nothing that waits for a person without a deadline becomes late by waiting."""
    if wish.late_after is None or wish.approval.mode is ApprovalMode.REVIEW:
        return None
    return (publish_at + wish.late_after).isoformat()
