"""What models cost: dated prices as data, and the cost of a call, as measured or at most.

Money is micro-USD. Prices are nano-USD a token: $2 a million tokens = 2,000. Read on 2026-11-21 from two price maps
that agreed; check against platform.claude.com/docs/en/about-claude/pricing, developers.openai.com/api/docs/pricing and
ai.google.dev/gemini-api/docs/pricing. Some models cost more for prompts above 100,000 (Haiku 5.5) or 272,000 tokens
(GPT 6.1, Gemini): our longest prompt, a draft to be rewritten included, has fewer, so those prices are not here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

# What a vendor adds to what we say, in tokens: roles, and the schema in its own words.
VENDORS_OWN = 1_000


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call as the vendor counted them; the four kinds have four prices and do not overlap."""

    fresh_in: int = 0
    cache_written: int = 0
    cache_read: int = 0
    out: int = 0

    @property
    def tokens_in(self) -> int:
        return self.fresh_in + self.cache_written + self.cache_read


@dataclass(frozen=True, slots=True)
class Price:
    """Nano-USD a token. `is_known` is false for the cautious stand-in of a model that is not in the table."""

    fresh_in: int
    cache_written: int
    cache_read: int
    out: int
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class PriceChange:
    """From this instant on the model (and its dated snapshots, `<model>-20260901`) costs this.

    The name is the vendor's own; no two vendors have one in common.
    """

    model: str
    valid_from: datetime
    price: Price


_READ_AT = datetime(2026, 11, 21, tzinfo=UTC)

# A cache write costs 1.25 times the fresh input at Anthropic (for five minutes) and at OpenAI from GPT 5.6 on
# (developers.openai.com/api/docs/guides/prompt-caching); Google asks nothing for it.
PRICES: Sequence[PriceChange] = (
    PriceChange("claude-haiku-5-5", _READ_AT, Price(100, 125, 10, 500)),
    PriceChange("claude-sonnet-5-5", _READ_AT, Price(2_000, 2_500, 100, 10_000)),
    PriceChange("claude-opus-5-5", _READ_AT, Price(4_000, 5_000, 200, 20_000)),
    PriceChange("claude-fable-5-2", _READ_AT, Price(8_000, 10_000, 200, 40_000)),
    PriceChange("claude-haiku-4-5", _READ_AT, Price(1_000, 1_250, 100, 5_000)),
    PriceChange("claude-sonnet-4-6", _READ_AT, Price(3_000, 3_750, 300, 15_000)),
    PriceChange("gpt-6.1-sol", _READ_AT, Price(2_000, 2_500, 100, 10_000)),
    PriceChange("gpt-6.1-terra", _READ_AT, Price(1_000, 1_250, 50, 5_000)),
    PriceChange("gpt-6-luna", _READ_AT, Price(100, 125, 10, 500)),
    PriceChange("gemini-4-argon", _READ_AT, Price(2_000, 2_000, 100, 10_000)),
    PriceChange("gemini-4-argon", datetime(2026, 12, 1, tzinfo=UTC), Price(4_000, 4_000, 200, 20_000)),
    PriceChange("gemini-3.8-flash", _READ_AT, Price(750, 750, 75, 3_750)),
    PriceChange("gemini-3.8-flash", datetime(2027, 1, 1, tzinfo=UTC), Price(1_500, 1_500, 150, 7_500)),
    PriceChange("gemini-3.5-flash-lite", _READ_AT, Price(300, 300, 30, 2_500)),
)


def price_of(model: str, at: datetime, prices: Sequence[PriceChange] = PRICES) -> Price:
    """The price that holds at this instant; before a model's first entry that entry.

    An unknown model gets the dearest price of every kind, marked `is_known = False`: a budget must never be overrun
    because a price was not known.
    """
    named = [change for change in prices if model == change.model or model.startswith(f"{change.model}-2")]
    if not named:
        return dearest_price(prices)
    begun = [change for change in named if change.valid_from <= at]
    if begun:
        return max(begun, key=lambda change: change.valid_from).price
    return min(named, key=lambda change: change.valid_from).price


def dearest_price(prices: Sequence[PriceChange] = PRICES) -> Price:
    """More than any model costs whose price is known: what counts where none is."""
    every = [change.price for change in prices]
    return Price(
        fresh_in=max(price.fresh_in for price in every),
        cache_written=max(price.cache_written for price in every),
        cache_read=max(price.cache_read for price in every),
        out=max(price.out for price in every),
        is_known=False,
    )


def cost_of(usage: Usage, price: Price) -> int:
    """Micro-USD, rounded up: nothing that was used is free."""
    nano = (
        usage.fresh_in * price.fresh_in
        + usage.cache_written * price.cache_written
        + usage.cache_read * price.cache_read
        + usage.out * price.out
    )
    return -(-nano // 1_000)


def ceiling_of(size: int, most_out: int, price: Price) -> int:
    """The most that one call can cost that says so many UTF-8 bytes and allows so many tokens of answer."""
    return cost_of(Usage(cache_written=size + VENDORS_OWN, out=most_out), price)
