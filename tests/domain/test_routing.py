"""Which model is asked: the most wanted one that is well."""

from datetime import UTC, datetime, timedelta

import pytest

from lib.domain.breaker import CLOSED, Asker, Breaker, Call, Ending, instant, record_call
from lib.domain.routing import BreakerState, choose, expected_latency, score, standing_of

ORDER = ("anthropic/claude-sonnet-5-5", "gemini/gemini-3.8-flash", "openai/gpt-6.1-terra")
FIRST, SECOND, THIRD = ORDER
START = datetime(2026, 12, 1, 9, tzinfo=UTC)
EXPECTED = expected_latency(4_000)
ADA = Asker("ada", timedelta(minutes=4), is_untried=True)
TIRED = Asker("ada", timedelta(minutes=4), is_untried=False)
OPEN = Breaker(open_until=instant(START) + 60_000)


def seen(*endings: Ending, took: timedelta = timedelta(seconds=5), at: datetime = START) -> Breaker:
    breaker = CLOSED
    for ending in endings:
        breaker = record_call(breaker, FIRST, Call(ending, took, EXPECTED), ADA, instant(at))
    return breaker


def chosen(asker: Asker = ADA, now: datetime = START, probe: str | None = None, **board: Breaker) -> str | None:
    named = {"first": FIRST, "second": SECOND, "third": THIRD}
    return choose({named[name]: breaker for name, breaker in board.items()}, ORDER, probe, asker, now)


def test_the_most_wanted_goes_first_when_nothing_is_known() -> None:
    assert chosen() == FIRST


def test_a_closed_one_is_asked_instead_of_an_open_one() -> None:
    assert chosen(first=OPEN) == SECOND
    assert chosen(first=OPEN, second=OPEN) == THIRD


def test_who_holds_a_probe_asks_that_model() -> None:
    assert chosen(probe=SECOND) == SECOND


def test_one_failure_changes_no_order_and_a_second_one_does() -> None:
    assert chosen(first=seen(Ending.TRANSIENT)) == FIRST
    assert chosen(first=seen(Ending.TRANSIENT, Ending.TRANSIENT)) == SECOND


def test_garbage_for_an_hour_makes_the_next_model_the_first() -> None:
    assert chosen(first=seen(*[Ending.UNUSABLE] * 3)) == SECOND


def test_a_model_that_was_passed_over_comes_back_as_time_goes_by() -> None:
    failing = seen(Ending.TRANSIENT, Ending.TRANSIENT)
    assert chosen(first=failing, now=START + timedelta(minutes=2)) == SECOND
    assert chosen(first=failing, now=START + timedelta(minutes=15)) == FIRST


def test_a_model_that_takes_three_times_as_long_is_passed_over() -> None:
    slow = seen(*[Ending.ACCEPTED] * 10, took=3 * EXPECTED)
    assert chosen(first=slow) == SECOND
    assert chosen(first=seen(*[Ending.ACCEPTED] * 10, took=EXPECTED)) == FIRST


def test_being_fast_is_no_reason_to_go_before_a_more_wanted_one() -> None:
    assert chosen(second=seen(*[Ending.ACCEPTED] * 50, took=timedelta(seconds=1))) == FIRST


def test_fallbacks_too_are_asked_by_health() -> None:
    assert chosen(first=OPEN, second=seen(*[Ending.UNUSABLE] * 4)) == THIRD


def test_all_open_the_one_due_back_soonest_is_tried() -> None:
    sooner = Breaker(open_until=instant(START) + 20_000)
    assert chosen(first=OPEN, second=sooner, third=OPEN) == SECOND


def test_who_has_asked_somebody_leaves_open_ones_alone() -> None:
    assert chosen(asker=TIRED, first=OPEN, second=OPEN, third=OPEN) is None
    assert choose({}, (), None, ADA, START) is None


def test_scores_are_between_zero_and_one_whatever_happened() -> None:
    assert score(CLOSED, 0, START) == 1
    awful = seen(*[Ending.UNUSABLE] * 1_000)
    assert 0 < score(awful, 2, START) < 0.001


def test_more_that_may_be_written_may_take_longer() -> None:
    assert expected_latency(12_000) > expected_latency(4_000) > timedelta(seconds=5)


@pytest.mark.parametrize(
    ("breaker", "state"),
    [
        (CLOSED, BreakerState.CLOSED),
        (OPEN, BreakerState.OPEN),
        (Breaker(open_until=instant(START)), BreakerState.HALF_OPEN),
    ],
)
def test_operators_see_the_state(breaker: Breaker, state: BreakerState) -> None:
    assert standing_of(FIRST, breaker, START).state == state


def test_operators_see_rate_latency_and_until_when_it_is_left_alone() -> None:
    calls = seen(Ending.ACCEPTED, Ending.ACCEPTED, Ending.ACCEPTED, Ending.UNUSABLE)
    standing = standing_of(FIRST, calls, START + timedelta(minutes=1))
    assert (standing.success_rate, standing.latency, standing.calls) == (0.75, timedelta(seconds=5), 4)
    opened = standing_of(FIRST, OPEN, START)
    assert opened.open_until == START + timedelta(minutes=1)
    assert (opened.success_rate, opened.latency, opened.calls, opened.is_probing) == (None, None, 0, False)


def test_operators_are_not_told_of_what_has_faded() -> None:
    standing = standing_of(FIRST, seen(Ending.UNUSABLE), START + timedelta(hours=1))
    assert (standing.success_rate, standing.calls) == (None, 0)
