"""What a run may cost at most, what it usually costs, and until when the month's money lasts at some pace.

The most is what `claim_run` reserves before anything is spent: for every item one draft and one rewrite by the dearest
model that may be asked, and a judge's opinion where one is configured. It stands on bytes, because no tokenizer makes
more tokens of a text than it has bytes. Money is micro-USD where nothing else is said.
"""

import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lib.domain.content import SHAPES
from lib.domain.pricing import Price, Usage, ceiling_of, cost_of
from lib.domain.prompts import FRAME_BYTES, REWRITE_BYTES
from lib.domain.schedule import ContentType

JUDGE_FRAME_BYTES = 4_000
JUDGE_TOKENS = 2_000
CALLS = 2  # the draft and one rewrite

# The longest draft that is shown to a model again, to be rewritten or judged; a longer one is not worth its price.
MOST_QUOTED: Mapping[ContentType, int] = {
    ContentType.X_POST: 4_000,
    ContentType.X_THREAD: 16_000,
    ContentType.BLOG_POST: 32_000,
    ContentType.NEWSLETTER: 24_000,
    ContentType.LINKEDIN_POST: 10_000,
}

# Tokens of an ordinary content, thinking and a share of rewrites included; used until there is something measured.
TYPICAL_USAGE: Mapping[ContentType, Usage] = {
    ContentType.X_POST: Usage(fresh_in=1_800, out=500),
    ContentType.X_THREAD: Usage(fresh_in=2_000, out=1_500),
    ContentType.BLOG_POST: Usage(fresh_in=2_100, out=5_000),
    ContentType.NEWSLETTER: Usage(fresh_in=2_100, out=4_000),
    ContentType.LINKEDIN_POST: Usage(fresh_in=1_800, out=1_000),
}


@dataclass(frozen=True, slots=True)
class WorstCost:
    """The most that one content can cost: `fixed` micro-USD and `byte` nano-USD for each byte of the settings."""

    fixed: int
    byte: int

    def of_run(self, settings_bytes: int, items: int) -> int:
        """As `app.worst_cost` computes it."""
        return items * (self.fixed - -self.byte * settings_bytes // 1_000)

    def as_row(self) -> dict[str, int]:
        return {"fixed": self.fixed, "byte": self.byte}


NOTHING = WorstCost(0, 0)

# As the database takes them: {"standard" | "premium" | "chosen": {content type: a WorstCost's row}}.
type WorstCosts = Mapping[str, Mapping[str, Mapping[str, int]]]


def worst_cost(kind: ContentType, prices: Iterable[Price], judge: Price | None = None) -> WorstCost:
    """The most that one content of this type can cost when any model with one of these prices may write it.

    Without any price nothing can be spent.
    """
    each = [_worst_by(kind, price) for price in prices]
    if not each:
        return NOTHING
    worst = WorstCost(max(it.fixed for it in each), max(it.byte for it in each))
    if judge is None:
        return worst
    opinion = ceiling_of(JUDGE_FRAME_BYTES + MOST_QUOTED[kind], JUDGE_TOKENS, judge)
    return WorstCost(worst.fixed + opinion, worst.byte + judge.cache_written)


def _worst_by(kind: ContentType, price: Price) -> WorstCost:
    most_tokens = SHAPES[kind].most_tokens
    draft = ceiling_of(FRAME_BYTES, most_tokens, price)
    rewrite = ceiling_of(FRAME_BYTES + MOST_QUOTED[kind] + REWRITE_BYTES, most_tokens, price)
    return WorstCost(draft + rewrite, CALLS * price.cache_written)


def settings_bytes(settings: Mapping[str, Any]) -> int:
    """Bytes of the settings as the database counts them, or a few more: with `&`, `<` and `>` as a prompt has them."""
    return len(html.escape(json.dumps(settings, ensure_ascii=False), quote=False).encode("utf-8", "surrogatepass"))


def typical_cost(kind: ContentType, price: Price) -> int:
    """What one content usually costs, for forecasts."""
    return cost_of(TYPICAL_USAGE[kind], price)


def money_ends_on(now: datetime, left: int, a_day: float) -> date | None:
    """The UTC date of this month on which `left` is used up at this pace; none if it lasts until the month turns."""
    today = now.astimezone(UTC)
    if a_day <= 0:
        return None
    days = max(left, 0) / a_day
    turns_at = (today.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if days >= (turns_at - today) / timedelta(days=1):
        return None
    return (today + timedelta(days=days)).date()
