"""`python -m dev.costs`: what a month costs, as a table for the README. A test compares the two."""

from collections.abc import Iterator
from datetime import UTC, datetime

from lib.domain.budget import typical_cost
from lib.domain.pricing import price_of
from lib.domain.schedule import ContentType

AS_OF = datetime(2026, 11, 21, tzinfo=UTC)
DAYS = 30
RHYTHMS = (
    ("one X post a day", ContentType.X_POST, 1),
    ("an X post every 3 hours", ContentType.X_POST, 8),
    ("5 X posts every 2 hours", ContentType.X_POST, 60),
    ("one thread a day", ContentType.X_THREAD, 1),
    ("one LinkedIn post a day", ContentType.LINKEDIN_POST, 1),
    ("one newsletter a week", ContentType.NEWSLETTER, 1 / 7),
    ("one blog post a day", ContentType.BLOG_POST, 1),
)
MODELS = (
    "claude-sonnet-5-5",
    "gemini-3.8-flash",
    "gpt-6.1-terra",
    "claude-opus-5-5",
    "claude-haiku-5-5",
)


def table() -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in _lines())


def _lines() -> Iterator[list[str]]:
    yield ["", *(f"`{model}`" for model in MODELS)]
    yield ["---", *("---:" for _ in MODELS)]
    for what, kind, a_day in RHYTHMS:
        costs = [typical_cost(kind, price_of(model, AS_OF)) * a_day * DAYS / 1e6 for model in MODELS]
        yield [what, *(f"${cost:,.2f}" for cost in costs)]


if __name__ == "__main__":
    print(table())
