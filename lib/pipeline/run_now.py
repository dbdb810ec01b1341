"""A person runs a schedule now: without QStash, and answered with what was written.

It works while the schedule is paused, takes its share of quota and budget, and leaves the schedule's own rhythm alone.
If we die in the middle, the sweep finishes the run like any other that was interrupted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lib import logs
from lib.domain.person import Person
from lib.domain.run import LEASE, ClaimOutcome
from lib.domain.schedule import Schedule
from lib.domain.writing_settings import Quality
from lib.errors import Conflict
from lib.pipeline.prepare import model_loading
from lib.pipeline.refusals import refusal, require_targets
from lib.pipeline.reserve import require_models, worst_costs
from lib.pipeline.write import write_run
from lib.services import Services


@dataclass(frozen=True, slots=True)
class RanNow:
    """`run` is the row of `get_run`, contents inside. `is_repeated`: this key had run it before."""

    run: Mapping[str, Any]
    is_repeated: bool


async def run_now(
    schedule_id: str,
    key: str | None,
    person: Person,
    services: Services,
    now: datetime,
    *,
    count: int | None = None,
    quality: Quality | None = None,
    publish: bool = False,
) -> RanNow:
    """A run that failed is an answer too: its status and reason say so. `count` and `quality` none: the schedule's.
    `publish`: what is written goes to the schedule's targets, else it stays a draft.

    Raises NotFound, Forbidden (role, subscription), LimitReached (quota, a cap on money), Invalid when there is nowhere
    to publish to, and Conflict while this key's run is under way, the workspace is stopped or the schedule is deleted.
    """
    user = services.store.as_user(person.token)
    schedule = Schedule.from_row((await user.get_schedule(schedule_id))["schedule"])  # proves that it is theirs
    if publish:
        require_targets(schedule)
    require_models(services, quality)
    claim_id = services.new_id()
    async with model_loading(services, quality or Quality.STANDARD):
        claim = await services.store.request_run(
            schedule_id=schedule_id,
            workspace_id=schedule.workspace_id,
            user_id=person.user_id,
            key=key or claim_id,
            claim_id=claim_id,
            lease=LEASE,
            worst_costs=worst_costs(services, now),
            count=count,
            quality=quality,
            priority=None,
            retries=None,
            publish=publish,
            now=now,
        )
    if claim.run is None:
        raise refusal(claim)
    if claim.outcome is ClaimOutcome.IN_PROGRESS:
        raise under_way(claim.run.row)
    if claim.outcome is ClaimOutcome.CLAIMED:
        with logs.bound(schedule_id=schedule_id, run_id=claim.run.id):
            await write_run(claim, services, now, last_try=True)
    run = (await user.get_run(claim.run.id))["run"]
    if run["finished_at"] is None:  # another claim took it over while we wrote
        raise under_way(run)
    return RanNow(run, is_repeated=claim.outcome is not ClaimOutcome.CLAIMED)


def under_way(run: Mapping[str, Any]) -> Conflict:
    told = {"runId": run["id"], "leaseUntil": run["lease_until"]}
    return Conflict("in_progress", "This run is under way.", told)
