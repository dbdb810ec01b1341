"""Save what a run wrote, compared with what others have written meanwhile.

Two runs of a workspace may write at the same time, and neither was told of the other when it was claimed. The database
saves one at a time and says what the second has yet to be compared with; what is too much like it waits for a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from lib import logs
from lib.domain.gates import examine_again
from lib.domain.recurrence.wall_clock import find_zone
from lib.domain.run import Claim
from lib.domain.score import score_draft
from lib.domain.similarity import Memory
from lib.domain.writing_settings import WritingSettings
from lib.errors import Unavailable
from lib.pipeline.generate import Item
from lib.pipeline.hand_over import handover_of
from lib.pipeline.recall import recall
from lib.services import Services

# A content's time is when its writer began to save it, by that writer's clock: the database may have got it this much
# later, and still after our claim.
SAVED_WITHIN = timedelta(minutes=15)
MOST_TRIES = 200  # each time others came first: more than a workspace ever has under way, for its answers are paid


async def save(
    items: Sequence[Item],
    measured: Mapping[str, Any],
    claim: Claim,
    settings: WritingSettings,
    services: Services,
    claimed_at: datetime,
) -> Sequence[Mapping[str, Any]]:
    """The publications that were made of it. Raises LostClaim when another attempt has taken the run over, Unavailable
    when it could not be saved."""
    if claim.run is None or claim.schedule is None or claim.run.fence is None:
        raise ValueError("only who has claimed a run can save it")
    since, zone = claimed_at - SAVED_WITHIN, find_zone(claim.schedule.rule.timezone)
    known = [row["id"] for row in claim.recalled if datetime.fromisoformat(row["created_at"]) >= since]
    for _ in range(MOST_TRIES):
        now = services.clock()
        saved = await services.store.finish_run(
            run_id=claim.run.id,
            fence=claim.run.fence,
            contents=[item.as_row() for item in items],
            measured=measured,
            now=now,
            known={"since": since.isoformat(), "ids": known},
            handover=handover_of(claim, [item.number for item in items], now).as_row(),
        )
        if saved["outcome"] != "outdated":
            publications: Sequence[Mapping[str, Any]] = saved["publications"]
            return publications
        newer = recall(saved["recalled"], zone).memory
        items = [compare_again(item, newer, settings) for item in items]
        known += [row["id"] for row in saved["recalled"]]
    raise Unavailable("database", "others have saved something else each time")


def compare_again(item: Item, newer: Memory, settings: WritingSettings) -> Item:
    verdict = examine_again(item.draft, item.verdict, newer)
    if item.verdict.passed and not verdict.passed:
        logs.warning("content.needs_review", item=item.number, model=item.model, gates=verdict.gates)
    return replace(item, verdict=verdict, score=score_draft(item.draft, settings, verdict.likeness))
