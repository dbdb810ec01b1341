"""When a model is left alone, for how long, and who may try it again."""

from datetime import UTC, datetime, timedelta

import pytest

from lib.domain.breaker import CLOSED, Asker, Breaker, Call, Ending, cooldown, instant, record_call, take_probe

MODEL = "anthropic/claude-sonnet-5-5"
OTHER = "gemini/gemini-3.8-flash"
START = instant(datetime(2026, 12, 1, 9, tzinfo=UTC))
SECOND, MINUTE = 1_000, 60_000
ADA = Asker("ada", timedelta(minutes=4), is_untried=True)
BOB = Asker("bob", timedelta(minutes=4), is_untried=True)
EXPECTED = timedelta(seconds=25)


def ended(how: Ending, *, took: float = 3, retry_after: float | None = None) -> Call:
    wait = None if retry_after is None else timedelta(seconds=retry_after)
    return Call(how, timedelta(seconds=took), EXPECTED, wait)


FAILED, DELIVERED = ended(Ending.TRANSIENT), ended(Ending.ACCEPTED)


def after(*calls: Call, breaker: Breaker = CLOSED, now: int = START, apart: int = 0, asker: Asker = ADA) -> Breaker:
    for call in calls:
        breaker = record_call(breaker, MODEL, call, asker, now)
        now += apart
    return breaker


def test_three_failures_in_a_row_open_it_however_far_apart() -> None:
    assert after(FAILED, FAILED, apart=60 * MINUTE).is_closed
    assert not after(FAILED, FAILED, FAILED, apart=60 * MINUTE).is_closed


def test_an_answer_between_failures_starts_the_row_anew() -> None:
    assert after(FAILED, FAILED, DELIVERED, FAILED, FAILED, apart=20 * SECOND).is_closed


def test_half_of_a_minutes_calls_failing_opens_it_once_there_are_five() -> None:
    assert after(DELIVERED, FAILED, DELIVERED, FAILED).is_closed
    assert after(DELIVERED, FAILED, DELIVERED, DELIVERED, FAILED).is_closed
    assert not after(DELIVERED, FAILED, DELIVERED, FAILED, DELIVERED, FAILED).is_closed


def test_failures_of_minutes_ago_are_not_in_the_ratio() -> None:
    assert after(DELIVERED, FAILED, DELIVERED, FAILED, DELIVERED, FAILED, apart=20 * SECOND).is_closed


def test_a_slow_answer_is_half_a_failure() -> None:
    slow = ended(Ending.ACCEPTED, took=51)
    assert not after(slow, slow, slow, slow, FAILED, FAILED).is_closed
    assert after(*[ended(Ending.ACCEPTED, took=49)] * 4, FAILED, FAILED).is_closed


@pytest.mark.parametrize(("asked", "waits"), [(7, 7), (0, 5), (1, 5), (3_600, 900), (900, 900)])
def test_a_wish_to_be_left_alone_is_honoured_at_once_within_reason(asked: float, waits: int) -> None:
    assert after(ended(Ending.TRANSIENT, retry_after=asked)).open_until == START + waits * SECOND


def test_what_only_an_operator_can_mend_opens_it_for_half_an_hour() -> None:
    assert after(ended(Ending.CONFIGURATION)).open_until == START + 30 * MINUTE


@pytest.mark.parametrize("how", [Ending.REQUEST, Ending.REFUSED, Ending.UNTRIED])
def test_what_is_no_fault_of_the_model_counts_against_nothing(how: Ending) -> None:
    assert after(*[ended(how)] * 20) == CLOSED
    failing = after(FAILED, FAILED)
    assert after(*[ended(how)] * 20, breaker=failing) == failing


def test_garbage_counts_against_health_and_leaves_the_breaker_closed() -> None:
    breaker = after(*[ended(Ending.UNUSABLE)] * 20)
    assert breaker.is_closed
    assert (breaker.calls, breaker.good) == (20, 0)


def test_it_stays_open_twice_as_long_each_time_and_never_beyond_a_quarter_of_an_hour() -> None:
    waits = [cooldown(MODEL, trips) / SECOND for trips in range(12)]
    assert all(0.9 * 30 * 2**trips <= wait <= 1.1 * 30 * 2**trips for trips, wait in enumerate(waits[:5]))
    assert waits[5:] == [900] * 7


def test_models_that_fail_together_do_not_come_back_together() -> None:
    assert len({cooldown(f"own/model-{number}", 0) for number in range(20)}) > 10


def test_a_failed_probe_opens_it_for_longer_and_a_good_one_closes_it() -> None:
    opened = after(FAILED, FAILED, FAILED)
    board = {MODEL: opened}
    assert take_probe(board, [MODEL, OTHER], ADA, opened.open_until) == MODEL
    again = after(FAILED, breaker=board[MODEL], now=opened.open_until)
    assert again.open_until - opened.open_until == cooldown(MODEL, 1)
    closed = after(DELIVERED, breaker=board[MODEL], now=opened.open_until)
    assert (closed.is_closed, closed.trips, closed.probe) == (True, 0, "")


def test_one_asker_among_many_gets_the_probe() -> None:
    opened = after(FAILED, FAILED, FAILED)
    board = {MODEL: opened}
    askers = [Asker(f"asker {number}", timedelta(minutes=4), is_untried=True) for number in range(50)]
    taken = [take_probe(board, [MODEL, OTHER], asker, opened.open_until) for asker in askers]
    assert taken == [MODEL] + [None] * 49


def test_a_probe_whose_holder_died_is_given_to_another_after_its_lease() -> None:
    opened = after(FAILED, FAILED, FAILED)
    board, due_at = {MODEL: opened}, opened.open_until
    assert take_probe(board, [MODEL, OTHER], ADA, due_at) == MODEL
    assert take_probe(board, [MODEL, OTHER], BOB, due_at + 4 * MINUTE - 1) is None
    assert take_probe(board, [MODEL, OTHER], BOB, due_at + 4 * MINUTE) == MODEL


def test_asking_twice_for_a_probe_after_a_lost_reply_gets_the_same_one() -> None:
    opened = after(FAILED, FAILED, FAILED)
    board = {MODEL: opened}
    assert [take_probe(board, [MODEL, OTHER], ADA, opened.open_until) for _ in range(2)] == [MODEL, MODEL]


def test_an_answer_that_comes_late_from_before_it_opened_neither_closes_nor_prolongs_it() -> None:
    opened = after(FAILED, FAILED, FAILED)
    for late in (DELIVERED, FAILED, ended(Ending.CONFIGURATION), ended(Ending.TRANSIENT, retry_after=600)):
        heard = after(late, breaker=opened, now=START + SECOND, asker=BOB)
        assert (heard.open_until, heard.trips) == (opened.open_until, opened.trips)


def test_a_probe_given_back_untried_is_free_for_the_next() -> None:
    opened = after(FAILED, FAILED, FAILED)
    board = {MODEL: opened}
    take_probe(board, [MODEL, OTHER], ADA, opened.open_until)
    board[MODEL] = after(ended(Ending.UNTRIED), breaker=board[MODEL], now=opened.open_until)
    assert take_probe(board, [MODEL, OTHER], BOB, opened.open_until) == MODEL


@pytest.mark.parametrize("how", [Ending.REFUSED, Ending.UNUSABLE, Ending.REQUEST])
def test_a_probe_that_was_answered_at_all_closes_it(how: Ending) -> None:
    opened = after(FAILED, FAILED, FAILED)
    board = {MODEL: opened}
    take_probe(board, [MODEL, OTHER], ADA, opened.open_until)
    assert after(ended(how), breaker=board[MODEL], now=opened.open_until).is_closed


def test_no_probe_is_taken_while_a_closed_model_is_wanted_more() -> None:
    opened = after(FAILED, FAILED, FAILED)
    assert take_probe({OTHER: opened}, [MODEL, OTHER], ADA, opened.open_until) is None


def test_of_all_open_ones_the_first_back_is_probed_before_its_time_by_one_who_asked_nobody() -> None:
    board = {MODEL: Breaker(open_until=START + 9), OTHER: Breaker(open_until=START + 5)}
    tired = Asker("carl", timedelta(minutes=4), is_untried=False)
    assert take_probe(board, [MODEL, OTHER], tired, START) is None
    assert take_probe(board, [MODEL, OTHER], ADA, START) == OTHER
    assert take_probe(board, [MODEL, OTHER], BOB, START) is None
