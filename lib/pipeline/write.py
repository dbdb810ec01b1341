"""Write a claimed run's contents and save them, or say in the ledger why not.

The webhook, the sweep and "run now" all come here with a live claim; its fence proves at the end that it is still
theirs. There is no other way to a content, so no gate can be gone round.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from lib import logs
from lib.domain.prompts import PROMPT_VERSION
from lib.domain.purse import Purse
from lib.domain.retry import GiveUp, RetryAt, decide, decide_batch
from lib.domain.run import Claim, Run, RunReason
from lib.domain.schedule import Schedule
from lib.domain.writing_settings import WritingSettings, read_settings
from lib.errors import DrumbeatError, Invalid, LostClaim, ModelFailed, ModelFault, NotConfigured
from lib.pipeline.arm_publications import arm_publications
from lib.pipeline.batch import Batch, write_batch
from lib.pipeline.generate import Answer
from lib.pipeline.hand_over import handover_of
from lib.pipeline.judge import judge_items
from lib.pipeline.route import Work
from lib.pipeline.save import save
from lib.services import Services

# One deadline shared by the whole fallback chain < the host's 300 s < the lease, with 60 s of clock skew allowed for.
WRITING_TIME = timedelta(seconds=240)


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


async def write_run(claim: Claim, services: Services, now: datetime, *, last_try: bool = False) -> Written:
    """Perform a claimed run. `last_try`: a person is waiting, so a passing failure ends it too."""
    run, schedule = held(claim)
    work: Work | None = None
    try:
        settings = read_settings(schedule.settings)
        handover_of(claim, range(run.item_count), now)
        work = begin(run, settings, services, now)
        answers = [Answer.from_row(row) for row in claim.answers]
        platforms = dict.fromkeys(target.account.platform for target in claim.targets)
        batch = await write_batch(run, schedule, settings, answers, claim.recalled, work, services, platforms)
        ending = end_of(run, batch, services.clock(), last_try)
        if ending is not None:
            return await fail(run, ending, work, services)
        items = await judge_items(batch.items, settings, answers, work, services)
        publications = await save(items, measured(work, batch), claim, settings, services, now)
    except (Invalid, NotConfigured) as exc:
        return await fail(run, end_before(run, exc, services.clock(), last_try), work, services)
    except LostClaim:
        logs.warning("run.lost", attempt=run.attempt)
        return Written(WriteOutcome.DUPLICATE)
    finally:
        if work is not None:  # the host may freeze us as soon as we have answered
            with suppress(LostClaim):  # by ourselves: the run has its end
                await work.told()
    logs.info("run.succeeded", attempt=run.attempt, items=len(items), items_failed=run.item_count - len(items))
    await arm_publications(publications, services, services.clock())
    return Written(WriteOutcome.DONE)


def held(claim: Claim) -> tuple[Run, Schedule]:
    if claim.run is None or claim.schedule is None or claim.run.fence is None:
        raise ValueError(f"a claim answered {claim.outcome} without the run, its fence or its schedule")
    return claim.run, claim.schedule


def begin(run: Run, settings: WritingSettings, services: Services, now: datetime) -> Work:
    """What this attempt may ask, spend and take. Raises NotConfigured when no model is set up."""
    return Work(
        run_id=run.id,
        fence=run.fence or 0,
        clock=services.clock,
        deadline_at=now + WRITING_TIME,
        purse=Purse(run.reserved_cost - run.cost),
        order=services.models.order(run.quality, settings.models),
    )


def end_of(run: Run, batch: Batch, now: datetime, last_try: bool) -> RetryAt | GiveUp | None:
    """None when what there is shall be saved."""
    failures = list(batch.failures.values())
    if batch.unbegun and not failures:
        failures = [ModelFailed(ModelFault.TRANSIENT, "no time was left to begin all items")]
    return decide_batch(failures, bool(batch.items), run.attempt, now, run.late_at, retries_of(run, last_try))


def end_before(run: Run, exc: Invalid | NotConfigured, now: datetime, last_try: bool) -> RetryAt | GiveUp:
    """Nothing was asked: the stored settings cannot be used, or no model is set up, which an operator has time to
    mend."""
    if isinstance(exc, Invalid):
        return GiveUp(RunReason.INVALID, exc)
    failure = ModelFailed(ModelFault.CONFIGURATION, exc.message)
    return decide(failure, run.attempt, now, run.late_at, retries_of(run, last_try))


def retries_of(run: Run, last_try: bool) -> int | None:
    return 0 if last_try else run.retries


async def fail(run: Run, ending: RetryAt | GiveUp, work: Work | None, services: Services) -> Written:
    """End the lease: for good, or until the next attempt."""
    again_at = ending.at if isinstance(ending, RetryAt) else None
    reason = ending.reason if isinstance(ending, GiveUp) else RunReason.MODEL
    logs.warning("run.failed", attempt=run.attempt, code=ending.because.code, reason=reason, again_at=again_at)
    try:
        await services.store.fail_run(
            run_id=run.id,
            fence=run.fence or 0,
            final=again_at is None,
            reason=reason,
            error=told(ending.because),
            measured=measured(work),
            retry_at=again_at,
            now=services.clock(),
        )
    except LostClaim:
        return Written(WriteOutcome.DUPLICATE)
    return Written(WriteOutcome.RETRYING if again_at else WriteOutcome.FAILED, reason, again_at)


def measured(work: Work | None, batch: Batch | None = None) -> dict[str, Any]:
    """As `finish_run` and `fail_run` take it: every call of this attempt; those that are booked count once."""
    failures = batch.failures if batch else {}
    return {
        "model_attempts": work.attempts if work else [],
        "prompt_version": PROMPT_VERSION,
        "items_failed": len(failures) + len(batch.unbegun if batch else ()),
        "errors": [{"item": number, **told(failure)} for number, failure in sorted(failures.items())],
    }


def told(failure: DrumbeatError) -> dict[str, str]:
    return {"code": failure.code, "message": failure.message}
