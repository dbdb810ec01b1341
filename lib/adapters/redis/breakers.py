"""The models' breakers as all instances share them: one script call before a model is asked, and one after.

Fails open: while Redis does not answer, the same policy goes on with what this instance has seen, and was told last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from lib import logs
from lib.adapters.redis.connection import Connection
from lib.domain import breaker as policy
from lib.domain.breaker import CLOSED, Asker, Breaker, Bucket, Call, instant, millis, record_call, take_probe
from lib.domain.routing import Standing, choose, standing_of
from lib.errors import Unavailable

PATIENCE = timedelta(milliseconds=200)
PREFIX = "breaker:"
KEPT = timedelta(days=1)  # longer than any breaker stays open
SHARED_NUMBERS = (
    *("HALF_LIFE", "BUCKET", "BUCKETS", "ENOUGH_CALLS", "MOST_IN_ROW", "COOLDOWN", "SHORTEST_WAIT", "LONGEST_WAIT"),
    *("MISCONFIGURED_WAIT", "SLOW"),
)


class Breakers:
    """The state of every model's breaker, in Redis or, failing that, here."""

    def __init__(self, redis: Connection, patience: timedelta = PATIENCE) -> None:
        self._redis = redis
        self._patience = patience
        self._own: dict[str, Breaker] = {}

    async def take(self, models: Sequence[str], asker: Asker, now: datetime) -> str | None:
        """The model to ask of these, most wanted first; none only for an asker who was somewhere already."""
        told = await self._run("take", models, asker, now) or self._take_alone(models, asker, now)
        return choose(told.board, models, told.probe, asker, now)

    async def record(self, model: str, call: Call, then: Sequence[str], asker: Asker, now: datetime) -> str | None:
        """Note how the asker's call of this model ended, and take the one to ask after it, of `then`."""
        wait = "" if call.retry_after is None else millis(call.retry_after)
        ended = (call.ending, millis(call.latency), millis(call.expected), wait)
        told = await self._run("record", (model, *then), asker, now, *ended)
        told = told or self._record_alone(model, call, then, asker, now)
        log_change(model, told.before, told.board[model].open_until, now)
        return choose(told.board, then, told.probe, asker, now)

    async def read(self, models: Sequence[str], now: datetime) -> list[Standing]:
        """How each of them is doing, in the given order."""
        told = await self._run("read", models, Asker("", timedelta(0), is_untried=False), now)
        board = told.board if told else self._own
        return [standing_of(model, board.get(model, CLOSED), now) for model in models]

    async def _run(
        self, verb: str, models: Sequence[str], asker: Asker, now: datetime, *ended: str | int
    ) -> "Told | None":
        """None when Redis cannot be asked."""
        if not self._redis.is_configured or not models:
            return None
        keys = [f"{PREFIX}{model}" for model in models]
        who = (asker.name, millis(asker.lease), int(asker.is_untried))
        try:
            probe, before, *states = await self._redis.execute(
                "EVAL", script(), len(keys), *keys, verb, instant(now), *who, *ended, within=self._patience
            )
            board = {model: read_breaker(state) for model, state in zip(models, states, strict=True)}
            self._own.update(board)
            return Told(board, probe.removeprefix(PREFIX) or None, int(before))
        except (Unavailable, ValueError, TypeError, AttributeError, OverflowError) as exc:
            logs.warning("redis.unavailable", during=verb, error=str(exc))
            return None

    def _take_alone(self, models: Sequence[str], asker: Asker, now: datetime) -> "Told":
        return Told(self._own, take_probe(self._own, models, asker, instant(now)), 0)

    def _record_alone(self, model: str, call: Call, then: Sequence[str], asker: Asker, now: datetime) -> "Told":
        before = self._own.get(model, CLOSED)
        self._own[model] = record_call(before, model, call, asker, instant(now))
        return replace(self._take_alone(then, asker, now), before=before.open_until)


@dataclass(frozen=True, slots=True)
class Told:
    """The breakers as they are now, the model whose probe the asker holds, and until when the first one was open."""

    board: Mapping[str, Breaker]
    probe: str | None
    before: int


def log_change(model: str, before: int, after: int, now: datetime) -> None:
    if after == before:
        return
    if after:
        logs.warning("breaker.opened", model=model, for_seconds=(after - instant(now)) // 1000)
    else:
        logs.info("breaker.closed", model=model)


@cache
def script() -> str:
    """The Lua file, with the policy's numbers in front."""
    numbers = {name: getattr(policy, name) for name in SHARED_NUMBERS} | {"KEPT": millis(KEPT)}
    given = [f"local {name} = {number}" for name, number in numbers.items()]
    text = Path(__file__).with_name("breakers.lua").read_text()
    return "\n".join([*given, f"local PREFIX = '{PREFIX}'", text])


def read_breaker(state: Sequence[str]) -> Breaker:
    """A state as the script tells it: the fields of Breaker in their order, as text."""
    open_until, trips, in_row, probe, probe_until, window, at, *sums = state
    calls, good, latency, expected = map(float, sums)
    return Breaker(
        open_until=int(open_until),
        trips=int(trips),
        in_row=int(in_row),
        probe=probe,
        probe_until=int(probe_until),
        window=tuple(Bucket(*map(int, bucket.split(":"))) for bucket in window.split()),
        at=int(at),
        calls=calls,
        good=good,
        latency=latency,
        expected=expected,
    )
