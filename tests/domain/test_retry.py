"""When a failed attempt is worth another, and what becomes of a run of which only a part was written."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from lib.domain.retry import (
    FIRST_WAIT,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    MOST_FOR_THE_REST,
    MOST_UNUSABLE,
    Failure,
    GiveUp,
    RetryAt,
    decide,
    decide_batch,
)
from lib.domain.run import RunReason
from lib.errors import LimitReached, ModelFailed, ModelFault

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LATE_AT = NOW + timedelta(hours=6)
NO_MONEY = LimitReached("budget", "…")


def failed(fault: ModelFault, retry_after: timedelta | None = None) -> ModelFailed:
    return ModelFailed(fault, "…", retry_after=retry_after)


PASSING, REFUSED = failed(ModelFault.TRANSIENT), failed(ModelFault.REFUSED)


def reason_of(decision: RetryAt | GiveUp | None) -> RunReason | None:
    return decision.reason if isinstance(decision, GiveUp) else None


def at_of(decision: RetryAt | GiveUp | None) -> datetime | None:
    return decision.at if isinstance(decision, RetryAt) else None


def test_a_passing_failure_waits_longer_each_time_up_to_a_quarter_of_an_hour() -> None:
    decisions = [decide(PASSING, attempt, NOW, LATE_AT) for attempt in range(1, MOST_ATTEMPTS)]
    waits = [decision.at - NOW for decision in decisions if isinstance(decision, RetryAt)]
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert len(waits) == MOST_ATTEMPTS - 1
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_the_models_own_wish_is_honoured_but_clamped() -> None:
    wish = decide(failed(ModelFault.TRANSIENT, timedelta(seconds=77)), 1, NOW, LATE_AT)
    absurd = decide(failed(ModelFault.TRANSIENT, timedelta(hours=3)), 1, NOW, LATE_AT)
    assert at_of(wish) == NOW + timedelta(seconds=77)
    assert at_of(absurd) == NOW + LONGEST_WAIT


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (failed(ModelFault.REQUEST), RunReason.MODEL),
        (REFUSED, RunReason.REFUSED),
        (NO_MONEY, RunReason.BUDGET),
    ],
)
def test_what_would_fail_again_is_not_tried_again(failure: Failure, reason: RunReason) -> None:
    assert decide(failure, 1, NOW, LATE_AT) == GiveUp(reason, failure)


def test_unusable_answers_are_paid_for_only_so_often() -> None:
    assert isinstance(decide(failed(ModelFault.UNUSABLE), MOST_UNUSABLE - 1, NOW, LATE_AT), RetryAt)
    assert reason_of(decide(failed(ModelFault.UNUSABLE), MOST_UNUSABLE, NOW, LATE_AT)) is RunReason.CONTENT


def test_nobody_waits_beyond_the_time_at_which_the_run_is_late() -> None:
    soon = NOW + FIRST_WAIT
    assert reason_of(decide(PASSING, 1, NOW, soon)) is RunReason.MODEL
    assert at_of(decide(PASSING, 1, NOW, soon + timedelta(seconds=1))) == soon


def test_attempts_are_bounded() -> None:
    assert reason_of(decide(PASSING, MOST_ATTEMPTS, NOW, None)) is RunReason.ATTEMPTS


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_a_person_may_wish_for_fewer_attempts(retries: int) -> None:
    assert all(at_of(decide(PASSING, attempt, NOW, None, retries)) for attempt in range(1, retries + 1))
    assert reason_of(decide(PASSING, retries + 1, NOW, None, retries)) is RunReason.MODEL
    assert reason_of(decide(failed(ModelFault.UNUSABLE), retries + 1, NOW, None, retries)) is RunReason.CONTENT


def test_a_configuration_failure_waits_for_an_operator() -> None:
    assert at_of(decide(failed(ModelFault.CONFIGURATION), 1, NOW, LATE_AT)) == NOW + LONGEST_WAIT


def test_a_whole_batch_is_saved() -> None:
    assert decide_batch([], True, 1, NOW, LATE_AT) is None


def test_while_one_item_is_worth_another_attempt_the_run_is() -> None:
    patient = failed(ModelFault.TRANSIENT, timedelta(minutes=3))
    assert at_of(decide_batch([REFUSED, PASSING, patient], True, 1, NOW, LATE_AT)) == NOW + timedelta(minutes=3)


def test_what_there_is_of_a_batch_is_saved_when_the_rest_was_tried_often_enough() -> None:
    assert at_of(decide_batch([PASSING], True, MOST_FOR_THE_REST, NOW, LATE_AT))
    assert decide_batch([PASSING], True, MOST_FOR_THE_REST + 1, NOW, LATE_AT) is None
    assert at_of(decide_batch([PASSING], False, MOST_FOR_THE_REST + 1, NOW, LATE_AT))  # nothing is not a part
    assert at_of(decide_batch([PASSING], True, MOST_FOR_THE_REST + 1, NOW, LATE_AT, retries=5))


@pytest.mark.parametrize("failure", [REFUSED, NO_MONEY, failed(ModelFault.REQUEST)])
def test_what_there_is_of_a_batch_is_saved_when_the_rest_would_fail_again(failure: Failure) -> None:
    assert decide_batch([failure], True, 1, NOW, LATE_AT) is None


@pytest.mark.parametrize(
    ("failures", "reason"),
    [
        ([REFUSED, REFUSED], RunReason.REFUSED),
        ([REFUSED, failed(ModelFault.REQUEST)], RunReason.MODEL),
        ([REFUSED, NO_MONEY, failed(ModelFault.REQUEST)], RunReason.BUDGET),
    ],
)
def test_a_batch_of_which_nothing_was_written_says_why(failures: Sequence[Failure], reason: RunReason) -> None:
    assert reason_of(decide_batch(failures, False, 1, NOW, LATE_AT)) is reason
