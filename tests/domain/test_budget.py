"""What is reserved before anything is spent covers everything that may be spent, and a month's money is foreseen."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lib.domain.budget import (
    CALLS,
    MOST_QUOTED,
    NOTHING,
    WorstCost,
    money_ends_on,
    settings_bytes,
    typical_cost,
    worst_cost,
)
from lib.domain.content import SHAPES
from lib.domain.pricing import Price, Usage, ceiling_of, cost_of
from lib.domain.prompts import FRAME_BYTES
from lib.domain.schedule import ContentType

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHEAP, DEAR = Price(750, 750, 75, 3_750), Price(2_000, 2_500, 100, 10_000)
ODD = Price(100, 9_000, 10, 500)  # cheap but for its input


@pytest.mark.parametrize("kind", ContentType)
def test_the_worst_case_covers_a_draft_and_a_rewrite_by_any_of_the_models(kind: ContentType) -> None:
    worst = worst_cost(kind, [CHEAP, DEAR, ODD])
    for price in (CHEAP, DEAR, ODD):
        settings = 16_000
        draft = ceiling_of(FRAME_BYTES + settings, SHAPES[kind].most_tokens, price)
        rewrite = ceiling_of(FRAME_BYTES + settings + MOST_QUOTED[kind], SHAPES[kind].most_tokens, price)
        assert worst.of_run(settings, 1) >= draft + rewrite


def test_a_judge_is_reserved_for_as_well() -> None:
    without, with_judge = (worst_cost(ContentType.X_POST, [CHEAP], judge) for judge in (None, DEAR))
    assert with_judge.fixed > without.fixed
    assert with_judge.byte == without.byte + DEAR.cache_written


def test_a_batch_reserves_for_each_of_its_items() -> None:
    worst = WorstCost(fixed=1_000, byte=5_001)
    assert worst.of_run(1, 1) == 1_006  # a fraction of a micro-dollar is rounded up
    assert worst.of_run(1, 20) == 20 * 1_006
    assert worst.of_run(0, 3) == 3_000


def test_without_a_model_nothing_can_be_spent_and_nothing_is_reserved() -> None:
    assert worst_cost(ContentType.X_POST, [], DEAR) is NOTHING


@pytest.mark.parametrize("kind", ContentType)
def test_an_ordinary_content_costs_far_less_than_what_is_reserved_for_it(kind: ContentType) -> None:
    assert 0 < typical_cost(kind, DEAR) < worst_cost(kind, [DEAR]).fixed / 4
    assert CALLS * cost_of(Usage(out=SHAPES[kind].most_tokens), DEAR) < worst_cost(kind, [DEAR]).fixed


def test_settings_are_counted_as_the_prompt_has_them() -> None:
    assert settings_bytes({"topic": "차"}) == len('{"topic": "차"}'.encode())
    assert settings_bytes({"topic": "a<b>&c"}) == len('{"topic": "a&lt;b&gt;&amp;c"}')


@pytest.mark.parametrize(
    ("left", "a_day", "ends_on"),
    [
        (1_000_000, 500_000, date(2026, 11, 23)),
        (1_000_000, 400_000, date(2026, 11, 24)),
        (1_000_000, 100_000, None),  # ten days: the month has turned
        (0, 1, date(2026, 11, 21)),
        (-5, 1, date(2026, 11, 21)),  # overspent already
        (0, 0, None),  # nothing is spent
    ],
)
def test_the_day_on_which_the_months_money_ends(left: int, a_day: int, ends_on: date | None) -> None:
    assert money_ends_on(NOW, left, a_day) == ends_on


def test_a_month_turns_at_midnight_utc() -> None:
    last_evening = datetime(2026, 12, 31, 18, 0, tzinfo=UTC)
    assert money_ends_on(last_evening, 24, 100) == date(2026, 12, 31)
    assert money_ends_on(last_evening, 26, 100) is None
    assert money_ends_on(last_evening + timedelta(days=1), 26, 100) == date(2027, 1, 2)
