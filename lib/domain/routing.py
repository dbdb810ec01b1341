"""Which model is asked next? A preference order, filtered by breakers, weighed by health. No chance, no clock.

Most wanted goes first as long as it is well. A model that fails often or takes long sinks below the next one, and
comes back by itself as what was seen of it fades.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lib.domain.breaker import CLOSED, EPOCH, Asker, Breaker, faded, instant, soonest_back

PREFERENCE = 0.6  # each place further back weighs so much less: one failure changes no order, a second one does
# Calls that went well, as if they had been seen: one failure after a quiet night says little.
PRIOR_CALLS = 4.0
PRIOR_LATENCY = 20_000.0
# A model is slow when it takes longer than this for what it may write at most.
READING_TIME = timedelta(seconds=5)
TOKEN_TIME = timedelta(milliseconds=5)


class BreakerState(StrEnum):
    """Whether a model is asked."""

    CLOSED = "closed"  # like any other
    OPEN = "open"  # left alone until its time
    HALF_OPEN = "half_open"  # its time has come, and one caller may try it


@dataclass(frozen=True, slots=True)
class Standing:
    """How a model is doing, for people who operate it. `success_rate` (0 to 1) and `latency` of an answer are those of
    late, the newest counting most; `calls` is how many they stand on, faded alike; both none when nothing was seen."""

    model: str
    state: BreakerState
    open_until: datetime | None
    success_rate: float | None
    latency: timedelta | None
    calls: int
    is_probing: bool


def choose(
    board: Mapping[str, Breaker], models: Sequence[str], probe: str | None, asker: Asker, now: datetime
) -> str | None:
    """The model to ask now, of these in their preference order.

    `probe`: the one the asker holds the probe of; it goes first. Then the closed ones by score. If none is closed and
    they have asked nobody yet, the one due back soonest: never no model without one try.
    """
    if probe is not None:
        return probe
    scores = {
        model: score(board.get(model, CLOSED), place, now)
        for place, model in enumerate(models)
        if board.get(model, CLOSED).is_closed
    }
    if scores:
        return max(scores, key=scores.__getitem__)  # the first of equals
    return soonest_back(board, models) if asker.is_untried else None


def score(breaker: Breaker, place: int, now: datetime) -> float:
    """Preference x success² x speed, each 0 to 1."""
    left = faded(breaker, instant(now))
    success = (breaker.good * left + PRIOR_CALLS) / (breaker.calls * left + PRIOR_CALLS)
    speed = (breaker.expected * left + PRIOR_LATENCY) / (breaker.latency * left + PRIOR_LATENCY)
    return float(PREFERENCE**place) * success**2 * min(1.0, speed)


def expected_latency(most_tokens: int) -> timedelta:
    """How long an answer of at most so many tokens may take before the model counts as slow."""
    return READING_TIME + TOKEN_TIME * most_tokens


def standing_of(model: str, breaker: Breaker, now: datetime) -> Standing:
    at = instant(now)
    calls = breaker.calls * faded(breaker, at)
    is_seen = calls >= 0.5
    return Standing(
        model=model,
        state=_state(breaker, at),
        open_until=None if breaker.is_closed else EPOCH + timedelta(milliseconds=breaker.open_until),
        success_rate=breaker.good / breaker.calls if is_seen else None,
        latency=timedelta(milliseconds=round(breaker.latency / breaker.good)) if is_seen and breaker.good else None,
        calls=round(calls),
        is_probing=breaker.probe_until > at,
    )


def _state(breaker: Breaker, at: int) -> BreakerState:
    if breaker.is_closed:
        return BreakerState.CLOSED
    return BreakerState.HALF_OPEN if breaker.is_due(at) else BreakerState.OPEN
