"""A person has a schedule written out of turn, and does not wait for it: the run is stored, and a message begins it.

If no message can be sent, the sweep finds the run; nothing is lost but time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lib.domain.message import run_message
from lib.domain.person import Person
from lib.domain.run import ClaimOutcome
from lib.domain.schedule import Schedule
from lib.domain.writing_settings import Quality
from lib.pipeline import arm
from lib.pipeline.refusals import refusal, require_targets
from lib.pipeline.reserve import require_models, worst_costs
from lib.services import Services


@dataclass(frozen=True, slots=True)
class Queued:
    """`run` is the row of `get_run`. `is_repeated`: this key had asked for it before, and it has begun or ended."""

    run: Mapping[str, Any]
    is_repeated: bool


async def queue_now(
    schedule_id: str,
    key: str | None,
    person: Person,
    services: Services,
    now: datetime,
    *,
    count: int | None = None,
    quality: Quality | None = None,
    priority: int | None = None,
    retries: int | None = None,
    publish: bool = False,
) -> Queued:
    """What is none is as the schedule says, `retries` as usual. The same key never writes twice. `publish`: what is
    written goes to the schedule's targets, else it stays a draft.

    Raises NotFound, Forbidden (role, subscription), LimitReached (quota, a cap on money), Invalid when there is nowhere
    to publish to, and Conflict while the workspace is stopped or the schedule is deleted.
    """
    user = services.store.as_user(person.token)
    schedule = Schedule.from_row((await user.get_schedule(schedule_id))["schedule"])  # proves that it is theirs
    if publish:
        require_targets(schedule)
    require_models(services, quality)
    claim = await services.store.queue_run(
        schedule_id=schedule_id,
        workspace_id=schedule.workspace_id,
        user_id=person.user_id,
        key=key or services.new_id(),
        worst_costs=worst_costs(services, now),
        count=count,
        quality=quality,
        priority=priority,
        retries=retries,
        publish=publish,
        now=now,
    )
    if claim.run is None:
        raise refusal(claim)
    if claim.outcome is ClaimOutcome.QUEUED and services.settings.arming_horizon:
        begin = run_message(claim.run.id, claim.run.fence or 0, schedule.workspace_id, schedule.parallelism)
        await arm.publish([begin], services)
    return Queued((await user.get_run(claim.run.id))["run"], is_repeated=claim.outcome is not ClaimOutcome.QUEUED)
