"""Where contents go and when: what `finish_run` makes publications of, and what a preview shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lib.domain.account import TargetAccount
from lib.domain.approval import Approval, ApprovalMode, Deadline, deadline_of
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


@dataclass(frozen=True, slots=True)
class Place:
    """One content's slot at one account."""

    item: int
    account_id: str
    slot: Slot
    late_at: datetime | None


@dataclass(frozen=True, slots=True)
class Handover:
    """Where the contents of a run go, and who says yes until when."""

    approval: Approval
    deadline: Deadline | None
    places: Sequence[Place]

    def as_row(self) -> dict[str, Any] | None:
        """As `finish_run` takes it; none when there is nowhere to go."""
        if not self.places:
            return None
        is_auto = self.approval.mode is ApprovalMode.AUTO
        return {
            "status": (ContentStatus.PENDING_PUBLISH if is_auto else ContentStatus.PENDING_APPROVAL).value,
            "approve_by": self.deadline.approve_by.isoformat() if self.deadline else None,
            "on_deadline": self.approval.on_deadline.value if self.deadline else None,
            "targets": [
                {
                    "item": place.item,
                    "account_id": place.account_id,
                    "publish_at": place.slot.at.isoformat(),
                    "late_at": place.late_at.isoformat() if place.late_at else None,
                }
                for place in self.places
            ],
        }


def hand_over(wish: Wish, targets: Sequence[TargetAccount], items: Iterable[int], written_at: datetime) -> Handover:
    """Every item to every target, in turn; those of one account keep its spacing."""
    deadline = deadline_of(wish.approval, wish.wanted_at, written_at, wish.lead)
    wanted_at = deadline.publish_at if deadline else max(wish.wanted_at, written_at)
    taken = {target.account.id: list(target.taken) for target in targets}
    places = []
    for item in items:
        for target in targets:
            found = slot_of(target, wanted_at, taken[target.account.id])
            taken[target.account.id].append(found.at)
            places.append(Place(item, target.account.id, found, _late_at(wish, found.at)))
    return Handover(wish.approval, deadline, places)


def slot_of(target: TargetAccount, wanted_at: datetime, taken: Sequence[datetime]) -> Slot:
    """When it goes out there. A stored cadence was checked when it was stored."""
    return slot(read_cadence(target.account.cadence, target.account.spacing), wanted_at, taken)


def after(targets: Sequence[TargetAccount], handover: Handover) -> list[TargetAccount]:
    """The targets with the places of a handover taken too."""
    mine: Mapping[str, list[datetime]] = {target.account.id: [] for target in targets}
    for place in handover.places:
        mine[place.account_id].append(place.slot.at)
    return [TargetAccount(it.account, (*it.taken, *mine[it.account.id])) for it in targets]


def _late_at(wish: Wish, publish_at: datetime) -> datetime | None:
    """Nothing that waits for a person without a deadline becomes late by waiting."""
    if wish.late_after is None or wish.approval.mode is ApprovalMode.REVIEW:
        return None
    return publish_at + wish.late_after
