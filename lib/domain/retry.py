"""Try again, or give up? A policy that returns a decision; the pipeline acts on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.domain.run import RunReason
from lib.errors import ModelFailed, ModelFault

MOST_ATTEMPTS = 12  # claim_run refuses a thirteenth
MOST_UNUSABLE = 3  # answers that were paid for and could not be used
FIRST_WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Worth another attempt, not before this instant."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """This run ends here."""

    reason: RunReason


def decide(failure: ModelFailed, attempt: int, now: datetime, late_at: datetime | None) -> RetryAt | GiveUp:
    """What becomes of a run whose attempt number `attempt` (from 1) failed.

    A passing failure waits as long as the model asked, else 20 s doubling up to 15 minutes; a configuration failure
    waits the 15 minutes, for an operator to act. What the model refused or cannot take would fail again. Nobody waits
    beyond `late_at`.
    """
    if failure.fault in (ModelFault.REQUEST, ModelFault.REFUSED):
        return GiveUp(RunReason.MODEL)
    if failure.fault is ModelFault.UNUSABLE and attempt >= MOST_UNUSABLE:
        return GiveUp(RunReason.CONTENT)
    if attempt >= MOST_ATTEMPTS:
        return GiveUp(RunReason.ATTEMPTS)
    at = now + _wait(failure, attempt)
    return GiveUp(RunReason.MODEL) if late_at is not None and at >= late_at else RetryAt(at)


def _wait(failure: ModelFailed, attempt: int) -> timedelta:
    if failure.fault is ModelFault.CONFIGURATION:
        return LONGEST_WAIT
    backoff = FIRST_WAIT * (1 << min(attempt - 1, 10))
    return min(max(failure.retry_after or timedelta(0), backoff), LONGEST_WAIT)
