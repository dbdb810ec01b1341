"""Where a run's contents go: worked out before anything is written, so that nothing unusable is paid for, and again
with the very items when they are saved."""

from collections.abc import Iterable
from datetime import datetime

from lib.domain.approval import read_approval
from lib.domain.handover import Handover, Wish, hand_over
from lib.domain.run import Claim


def handover_of(claim: Claim, items: Iterable[int], now: datetime) -> Handover:
    """What a run of a schedule goes out at its time, what a person asked for at once and however late.

    Raises Invalid for a stored approval or cadence that cannot be used.
    """
    run, schedule = claim.run, claim.schedule
    if run is None or schedule is None:
        raise ValueError("only who has claimed a run can hand its contents over")
    late_after = run.late_at - run.due_at if run.late_at and run.due_at else None
    wish = Wish(run.due_at or now, schedule.lead_time, late_after, read_approval(schedule.settings))
    return hand_over(wish, claim.targets if run.row.get("publishes", True) else (), items, now)
