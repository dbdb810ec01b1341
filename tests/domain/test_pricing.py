"""Prices by date, costs to the micro-dollar, and bounds that hold before anything is spent."""

from datetime import UTC, datetime, timedelta

import pytest

from lib.domain.pricing import (
    PRICES,
    Price,
    PriceChange,
    Usage,
    ceiling_of,
    cost_of,
    price_of,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OLD, NEW = Price(100, 125, 10, 500), Price(200, 250, 20, 1_000)
CHANGES = (
    PriceChange("writer-1", NOW - timedelta(days=30), OLD),
    PriceChange("writer-1", NOW, NEW),
    PriceChange("other-2", NOW, Price(50, 60, 900, 70)),
)


def test_the_four_kinds_of_tokens_have_their_own_prices() -> None:
    usage = Usage(fresh_in=1_000, cache_written=2_000, cache_read=10_000, out=500)
    # claude-sonnet-5-5: $2 in, $2.50 cache write, $0.10 cache read, $10 out a million
    assert cost_of(usage, price_of("claude-sonnet-5-5", NOW)) == 2_000 + 5_000 + 1_000 + 5_000
    assert usage.tokens_in == 13_000


def test_a_million_tokens_cost_the_listed_dollars() -> None:
    price = price_of("claude-haiku-5-5", NOW)
    assert cost_of(Usage(fresh_in=1_000_000), price) == 100_000
    assert cost_of(Usage(out=1_000_000), price) == 500_000


def test_a_fraction_of_a_micro_dollar_is_rounded_up() -> None:
    assert cost_of(Usage(cache_read=1), price_of("claude-haiku-5-5", NOW)) == 1
    assert cost_of(Usage(), price_of("claude-haiku-5-5", NOW)) == 0


@pytest.mark.parametrize(
    ("at", "price"),
    [
        (NOW - timedelta(microseconds=1), OLD),
        (NOW, NEW),
        (NOW + timedelta(days=365), NEW),
        (NOW - timedelta(days=400), OLD),  # before the first entry: that one
    ],
)
def test_a_price_holds_from_its_date_on(at: datetime, price: Price) -> None:
    assert price_of("writer-1", at, CHANGES) == price


def test_a_dated_snapshot_costs_what_its_model_costs() -> None:
    assert price_of("claude-sonnet-5-5-20260901", NOW) == price_of("claude-sonnet-5-5", NOW)


def test_an_unknown_model_is_counted_at_the_dearest_price_and_says_so() -> None:
    unknown = price_of("claude-sonnet-9", NOW, CHANGES)
    assert unknown == Price(200, 250, 900, 1_000, is_known=False)
    assert all(change.price.is_known for change in PRICES)


def test_a_call_whose_usage_is_unknown_is_counted_at_its_ceiling() -> None:
    price = price_of("claude-sonnet-5-5", NOW)
    assert ceiling_of(1_000, 4_000, price) >= cost_of(Usage(fresh_in=1_000, out=4_000), price)
