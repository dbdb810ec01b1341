"""When a failed attempt is worth another."""

from datetime import UTC, datetime, timedelta

import pytest

from lib.domain.retry import FIRST_WAIT, LONGEST_WAIT, MOST_ATTEMPTS, MOST_UNUSABLE, GiveUp, RetryAt, decide
from lib.domain.run import RunReason
from lib.errors import ModelFailed, ModelFault

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LATE_AT = NOW + timedelta(hours=6)


def failed(fault: ModelFault, retry_after: timedelta | None = None) -> ModelFailed:
    return ModelFailed(fault, "…", retry_after=retry_after)


def test_a_passing_failure_waits_longer_each_time_up_to_a_quarter_of_an_hour() -> None:
    decisions = [decide(failed(ModelFault.TRANSIENT), attempt, NOW, LATE_AT) for attempt in range(1, MOST_ATTEMPTS)]
    waits = [decision.at - NOW for decision in decisions if isinstance(decision, RetryAt)]
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert len(waits) == MOST_ATTEMPTS - 1
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_the_models_own_wish_is_honoured_but_clamped() -> None:
    wish = decide(failed(ModelFault.TRANSIENT, timedelta(seconds=77)), 1, NOW, LATE_AT)
    absurd = decide(failed(ModelFault.TRANSIENT, timedelta(hours=3)), 1, NOW, LATE_AT)
    assert wish == RetryAt(NOW + timedelta(seconds=77))
    assert absurd == RetryAt(NOW + LONGEST_WAIT)


@pytest.mark.parametrize("fault", [ModelFault.REQUEST, ModelFault.REFUSED])
def test_what_would_fail_again_is_not_tried_again(fault: ModelFault) -> None:
    assert decide(failed(fault), 1, NOW, LATE_AT) == GiveUp(RunReason.MODEL)


def test_unusable_answers_are_paid_for_only_so_often() -> None:
    assert isinstance(decide(failed(ModelFault.UNUSABLE), MOST_UNUSABLE - 1, NOW, LATE_AT), RetryAt)
    assert decide(failed(ModelFault.UNUSABLE), MOST_UNUSABLE, NOW, LATE_AT) == GiveUp(RunReason.CONTENT)


def test_nobody_waits_beyond_the_time_at_which_the_run_is_late() -> None:
    soon = NOW + FIRST_WAIT
    assert decide(failed(ModelFault.TRANSIENT), 1, NOW, soon) == GiveUp(RunReason.MODEL)
    assert decide(failed(ModelFault.TRANSIENT), 1, NOW, soon + timedelta(seconds=1)) == RetryAt(soon)


def test_attempts_are_bounded() -> None:
    assert decide(failed(ModelFault.TRANSIENT), MOST_ATTEMPTS, NOW, None) == GiveUp(RunReason.ATTEMPTS)


def test_a_configuration_failure_waits_for_an_operator() -> None:
    assert decide(failed(ModelFault.CONFIGURATION), 1, NOW, LATE_AT) == RetryAt(NOW + LONGEST_WAIT)
