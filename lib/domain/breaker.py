"""When is a model left alone? One breaker a model, and the health that its score stands on.

    closed     asked like any other
    open       left alone until `open_until`
    half-open  that time has come: one caller at a time, who holds the probe, may try it

`lib/adapters/redis/breakers.lua` does the same inside Redis, for all instances at once; a test holds the two against
each other. As they must agree to the last digit, times in here are whole milliseconds since 1970, and durations too.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

HALF_LIFE = 600_000  # what was seen ten minutes ago counts half
BUCKET = 10_000
BUCKETS = 6  # a window of 60 s
ENOUGH_CALLS = 5  # in the window, before their ratio of failures means anything
MOST_IN_ROW = 3  # failures; an hourly schedule never gets five calls into a minute
COOLDOWN = 30_000  # the first; doubles with each trip
SHORTEST_WAIT, LONGEST_WAIT = 5_000, 900_000  # between these a vendor's Retry-After is honoured
MISCONFIGURED_WAIT = 1_800_000  # an operator has to act
SLOW = 2  # times the expected latency: half a failure

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Ending(StrEnum):
    """How a call to a model ended; stands in the ledger with each attempt."""

    ACCEPTED = "accepted"  # an answer in the shape that was asked for
    REJECTED = "rejected"  # the same, but a gate objected to what it said; no fault of the model's health
    TRANSIENT = "transient"  # timeout, no connection, 408, 429, 5xx: counts against the breaker
    CONFIGURATION = "configuration"  # our key, bill or model name: opens the breaker at once, for long
    UNUSABLE = "unusable"  # answered, but cut short or in another shape: counts against health alone
    REQUEST = "request"  # our request was at fault: counts against nothing
    REFUSED = "refused"  # the model declined: counts against nothing
    UNTRIED = "untried"  # never in the ledger: a probe was held, and given back without a call


@dataclass(frozen=True, slots=True)
class Bucket:
    """Calls of ten seconds; `halves` counts a failure as two and a slow answer as one."""

    number: int
    calls: int
    halves: int


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of one model. The sums fade with HALF_LIFE and are as of `at`; `latency` and `expected` are
    those of good calls only."""

    open_until: int = 0  # 0: closed
    trips: int = 0  # in a row, without a successful probe between them
    in_row: int = 0
    probe: str = ""  # its holder
    probe_until: int = 0
    window: tuple[Bucket, ...] = ()
    at: int = 0
    calls: float = 0.0
    good: float = 0.0
    latency: float = 0.0
    expected: float = 0.0

    @property
    def is_closed(self) -> bool:
        return self.open_until == 0

    def is_due(self, now: int) -> bool:
        """Open no longer, closed not yet."""
        return 0 < self.open_until <= now

    def is_free(self, asker: "Asker", now: int) -> bool:
        """Nobody else holds the probe."""
        return self.probe_until <= now or self.probe == asker.name


CLOSED = Breaker()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks for a model: a name of its own, how long a probe is theirs, and whether they have asked nobody yet."""

    name: str
    lease: timedelta
    is_untried: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is over. `expected`: what it might have taken; `retry_after`: how long the vendor asks to wait."""

    ending: Ending
    latency: timedelta
    expected: timedelta
    retry_after: timedelta | None = None


def millis(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def instant(at: datetime) -> int:
    return millis(at - EPOCH)


def take_probe(board: MutableMapping[str, Breaker], models: Sequence[str], asker: Asker, now: int) -> str | None:
    """Which of the models, most wanted first, the asker shall probe; it is theirs until the lease is over.

    The first half-open one, unless a closed one is wanted more. For an asker who has asked nobody yet, and while all
    are open, the one due back soonest, before its time.
    """
    for model in models:
        breaker = board.get(model, CLOSED)
        if breaker.is_closed:
            return None
        if breaker.is_due(now) and breaker.is_free(asker, now):
            return _lease(board, model, asker, now)
    soonest = soonest_back(board, models)
    if asker.is_untried and soonest is not None and board[soonest].is_free(asker, now):
        return _lease(board, soonest, asker, now)
    return None


def soonest_back(board: Mapping[str, Breaker], models: Sequence[str]) -> str | None:
    return min(models, key=lambda model: board.get(model, CLOSED).open_until, default=None)


def _lease(board: MutableMapping[str, Breaker], model: str, asker: Asker, now: int) -> str:
    board[model] = replace(board[model], probe=asker.name, probe_until=now + millis(asker.lease))
    return model


def record_call(breaker: Breaker, model: str, call: Call, asker: Asker, now: int) -> Breaker:
    """The breaker after this call. Only the holder of the probe closes or opens what is not closed: a call that began
    before the breaker opened says nothing about now."""
    holds_probe = breaker.probe == asker.name
    if holds_probe:
        breaker = replace(breaker, probe="", probe_until=0)
    if call.ending is Ending.UNTRIED:
        return breaker
    breaker = _noted(breaker, call, now)
    if not (breaker.is_closed or holds_probe):
        return breaker
    if call.ending is Ending.CONFIGURATION:
        return _opened(breaker, now + MISCONFIGURED_WAIT)
    if call.ending is Ending.TRANSIENT:
        return _failed(breaker, model, call, now)
    if not breaker.is_closed:
        # Whatever it has answered: it answers.
        return replace(breaker, open_until=0, trips=0, in_row=0, window=())
    if call.ending is Ending.ACCEPTED:
        halves = 1 if millis(call.latency) > SLOW * millis(call.expected) else 0
        return replace(breaker, in_row=0, window=_counted(breaker.window, halves, now))
    return breaker


def _noted(breaker: Breaker, call: Call, now: int) -> Breaker:
    """Health: the older sums faded, and this call added."""
    if call.ending in (Ending.REQUEST, Ending.REFUSED):
        return breaker
    left = faded(breaker, now)
    good = call.ending is Ending.ACCEPTED
    return replace(
        breaker,
        at=max(breaker.at, now),
        calls=breaker.calls * left + 1,
        good=breaker.good * left + good,
        latency=breaker.latency * left + millis(call.latency) * good,
        expected=breaker.expected * left + millis(call.expected) * good,
    )


def faded(breaker: Breaker, now: int) -> float:
    """How much of the sums still counts. Another instance's clock may be ahead of ours."""
    return float(0.5 ** (max(now - breaker.at, 0) / HALF_LIFE))


def _failed(breaker: Breaker, model: str, call: Call, now: int) -> Breaker:
    window = _counted(breaker.window, 2, now)
    calls, halves = sum(bucket.calls for bucket in window), sum(bucket.halves for bucket in window)
    breaker = replace(breaker, in_row=breaker.in_row + 1, window=window)
    if call.retry_after is not None:
        return _opened(breaker, now + min(max(millis(call.retry_after), SHORTEST_WAIT), LONGEST_WAIT))
    is_failed_probe = not breaker.is_closed
    if is_failed_probe or breaker.in_row >= MOST_IN_ROW or (calls >= ENOUGH_CALLS and halves >= calls):
        return _opened(breaker, now + cooldown(model, breaker.trips))
    return breaker


def _opened(breaker: Breaker, until: int) -> Breaker:
    return replace(breaker, open_until=until, trips=breaker.trips + 1, in_row=0, window=())


def _counted(window: tuple[Bucket, ...], halves: int, now: int) -> tuple[Bucket, ...]:
    """The window with one more call, and without the buckets that are not of this minute."""
    number = now // BUCKET
    kept = {bucket.number: bucket for bucket in window if abs(bucket.number - number) < BUCKETS}
    last = kept.get(number, Bucket(number, 0, 0))
    kept[number] = Bucket(number, last.calls + 1, last.halves + halves)
    return tuple(sorted(kept.values(), key=lambda bucket: bucket.number))


def cooldown(model: str, trips: int) -> int:
    """How long the breaker stays open after so many trips before this one: doubled with each, give or take a tenth.

    What is taken or given depends on the model and the trips alone, so that models that failed together do not come
    back together, and yet nothing is left to chance.
    """
    spread = 0
    for byte in f"{model} {trips}".encode():
        spread = (spread * 31 + byte) % 65_521
    return min((COOLDOWN << min(trips, 10)) * (900 + spread % 201) // 1000, LONGEST_WAIT)
