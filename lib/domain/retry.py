"""Try again, or give up? A policy that returns a decision; the pipeline acts on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.domain.run import RunReason
from lib.errors import DrumbeatError, LimitReached, ModelFailed, ModelFault

MOST_ATTEMPTS = 12  # claim_run refuses a thirteenth
MOST_RETRIES = MOST_ATTEMPTS - 1
MOST_UNUSABLE = 3  # attempts whose answers were paid for and could not be used
MOST_FOR_THE_REST = 2  # more attempts for items that are missing from a batch, unless the person wished otherwise
FIRST_WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(minutes=15)

type Failure = ModelFailed | LimitReached


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Worth another attempt, not before this instant."""

    at: datetime
    because: DrumbeatError


@dataclass(frozen=True, slots=True)
class GiveUp:
    """This run ends here."""

    reason: RunReason
    because: DrumbeatError


def decide(
    failure: Failure, attempt: int, now: datetime, late_at: datetime | None, retries: int | None = None
) -> RetryAt | GiveUp:
    """What becomes of a run whose attempt number `attempt` (from 1) failed, of which `retries` may follow the first.

    A passing failure waits as long as the model asked, else 20 s doubling up to 15 minutes; a configuration failure
    waits the 15 minutes, for an operator to act. What the model refused or cannot take would fail again, and money
    does not come back. Nobody waits beyond `late_at`.
    """
    if isinstance(failure, LimitReached):
        return GiveUp(RunReason.BUDGET, failure)
    if failure.fault is ModelFault.REFUSED:
        return GiveUp(RunReason.REFUSED, failure)
    reason = RunReason.CONTENT if failure.fault is ModelFault.UNUSABLE else RunReason.MODEL
    if failure.fault is ModelFault.REQUEST or (failure.fault is ModelFault.UNUSABLE and attempt >= MOST_UNUSABLE):
        return GiveUp(reason, failure)
    if attempt >= MOST_ATTEMPTS:
        return GiveUp(RunReason.ATTEMPTS, failure)
    if retries is not None and attempt > retries:
        return GiveUp(reason, failure)
    at = now + _wait(failure, attempt)
    return GiveUp(RunReason.MODEL, failure) if late_at is not None and at >= late_at else RetryAt(at, failure)


def decide_batch(
    failures: Sequence[Failure],
    is_partly_written: bool,
    attempt: int,
    now: datetime,
    late_at: datetime | None,
    retries: int | None = None,
) -> RetryAt | GiveUp | None:
    """What becomes of a run some of whose items failed; none: what there is, is saved.

    While one item is worth another attempt the run is; what is written already is kept for it and not paid again. Of
    a run without any content the reason is the money if that was it, a refusal only if nothing else was.
    """
    if retries is None and is_partly_written:
        retries = MOST_FOR_THE_REST
    decisions = [decide(failure, attempt, now, late_at, retries) for failure in failures]
    if again := [decision for decision in decisions if isinstance(decision, RetryAt)]:
        return max(again, key=lambda decision: decision.at)
    if is_partly_written or not decisions:
        return None
    ends = [decision for decision in decisions if isinstance(decision, GiveUp)]
    return min(ends, key=_how_telling)


def _how_telling(end: GiveUp) -> int:
    """The less, the more it says about why there is nothing."""
    return {RunReason.BUDGET: 0, RunReason.REFUSED: 2}.get(end.reason, 1)


def _wait(failure: ModelFailed, attempt: int) -> timedelta:
    if failure.fault is ModelFault.CONFIGURATION:
        return LONGEST_WAIT
    backoff = FIRST_WAIT * (1 << min(attempt - 1, 10))
    return min(max(failure.retry_after or timedelta(0), backoff), LONGEST_WAIT)
