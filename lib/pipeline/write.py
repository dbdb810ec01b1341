"""Write a claimed run's content and save it, or say in the ledger why not.

Both the webhook and "run now" come here with a live claim; its fence proves at the end that it is still theirs.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from lib import logs
from lib.domain.retry import GiveUp, RetryAt, decide
from lib.domain.run import Run, RunReason
from lib.domain.schedule import Schedule
from lib.errors import Invalid, LostClaim, ModelFailed, ModelFault, NotConfigured
from lib.pipeline.generate import WritingFailed, write_content
from lib.services import Services

if TYPE_CHECKING:
    from lib.adapters.models import Writer

# One deadline shared by the whole fallback chain < the host's 300 s < the lease, with 60 s of clock skew allowed for.
WRITING_TIME = timedelta(seconds=240)
LEASE = timedelta(seconds=360)
NOTHING_MEASURED = {"model_attempts": [], "tokens_in": 0, "tokens_out": 0, "cost": 0, "prompt_version": None}


class WriteOutcome(StrEnum):
    """How a claimed run's attempt ended."""

    DONE = "done"  # content saved
    DUPLICATE = "duplicate"  # a newer attempt had taken the run over; ours is void
    RETRYING = "retrying"  # failed for now
    FAILED = "failed"  # given up


@dataclass(frozen=True, slots=True)
class Written:
    """`again_at`: when to try again, for RETRYING."""

    outcome: WriteOutcome
    reason: RunReason | None = None
    again_at: datetime | None = None


async def write_run(
    run: Run, schedule: Schedule, services: Services, now: datetime, *, last_try: bool = False
) -> Written:
    """Perform a claimed run. `last_try`: a person is waiting, so a passing failure ends it too."""
    fence = run.fence or 0
    try:
        writer = configured_writer(services)
        written = await write_content(schedule, run.due_at or now, writer, services.clock, now + WRITING_TIME)
        await services.store.finish_run(
            run_id=run.id,
            fence=fence,
            contents=written.contents,
            measured=written.measured,
            now=services.clock(),
        )
    except WritingFailed as failed:
        return await _fail(run, fence, failed, services, last_try)
    except LostClaim:
        logs.warning("run.lost", attempt=run.attempt)
        return Written(WriteOutcome.DUPLICATE)
    logs.info("run.succeeded", attempt=run.attempt, cost=written.measured["cost"])
    return Written(WriteOutcome.DONE)


def configured_writer(services: Services) -> "Writer":
    """Raises WritingFailed when no model is configured: the ledger says so, and an operator has time to mend it."""
    try:
        return services.writer
    except NotConfigured as exc:
        raise WritingFailed(ModelFailed(ModelFault.CONFIGURATION, exc.message), NOTHING_MEASURED) from exc


async def _fail(run: Run, fence: int, failed: WritingFailed, services: Services, last_try: bool) -> Written:
    """End the lease: for good, or until the next attempt."""
    now = services.clock()
    decision = _decide(run, failed.cause, now, last_try)
    again_at = decision.at if isinstance(decision, RetryAt) else None
    reason = decision.reason if isinstance(decision, GiveUp) else RunReason.MODEL
    logs.warning("run.failed", attempt=run.attempt, code=failed.cause.code, reason=reason, again_at=again_at)
    try:
        await services.store.fail_run(
            run_id=run.id,
            fence=fence,
            final=again_at is None,
            reason=reason,
            error={"code": failed.cause.code, "message": failed.cause.message},
            measured=failed.measured,
            retry_at=again_at,
            now=now,
        )
    except LostClaim:
        return Written(WriteOutcome.DUPLICATE)
    return Written(WriteOutcome.RETRYING if again_at else WriteOutcome.FAILED, reason, again_at)


def _decide(run: Run, cause: ModelFailed | Invalid, now: datetime, last_try: bool) -> RetryAt | GiveUp:
    if isinstance(cause, Invalid):
        return GiveUp(RunReason.INVALID)
    decision = decide(cause, run.attempt, now, run.late_at)
    if last_try and isinstance(decision, RetryAt):
        return GiveUp(RunReason.CONTENT if cause.fault is ModelFault.UNUSABLE else RunReason.MODEL)
    return decision
