"""What the stand-ins of all vendors have in common: a script, prose, a count of tokens, and an end.

A vendor's own module adds its wire: what it accepts, how it answers, in which words it complains.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dev.clock import StackClock
from dev.models.prose import Prose, read_brief
from dev.models.script import Failing, Fault, ModelCall, Script
from dev.serving import cut

BYTES_A_TOKEN = 4


class BadRequest(Exception):
    """Refused before any work: the HTTP status, the API's message, and its code where it has one."""

    def __init__(self, message: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


class Ending(StrEnum):
    """Why a text ends."""

    DONE = "done"  # all was said
    CUT = "cut"  # there were no more tokens
    REFUSED = "refused"  # the model declined


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in any vendor's words. `said` are all turns' texts; `schema` is none where prose was asked for."""

    model: str
    system: str
    said: Sequence[str]
    schema: Mapping[str, Any] | None
    most_tokens: int
    body: Mapping[str, Any]

    @property
    def tokens(self) -> int:
        return tokens_of(self.system + "".join(self.said))


@dataclass(frozen=True, slots=True)
class Work:
    """What the model made of it. Of the tokens asked, `cached` were read from a cache and `kept` written to it."""

    text: str
    ending: Ending
    tokens_in: int
    tokens_out: int
    cached: int = 0
    kept: int = 0


class StandIn:
    """`script` is what goes wrong and what was asked, `takes` how long a call lasts."""

    # How many tokens of a system prompt are worth a cache, for how long.
    least_cached, cache_lifetime = 1_024, timedelta(minutes=5)

    def __init__(self, clock: StackClock, takes: timedelta = timedelta(0)) -> None:
        self.script = Script()
        self.takes = takes
        self.clock = clock
        self._asked: Counter[str] = Counter()
        self._cached: dict[str, datetime] = {}

    def routes(self) -> list[Route]:
        """The stand-in's own doors."""
        return [
            Route("/_dev/calls", self._calls, methods=["GET"]),
            Route("/_dev/faults", self._add_faults, methods=["POST"]),
        ]

    async def next_fault(self) -> Fault:
        """What the script has for this call, after the time that the call takes."""
        fault = self.script.next_fault()
        await self.clock.spend(self.takes + fault.slow)
        return fault

    def work(self, asked: Asked, fault: Fault, is_cached: bool = True) -> Work:
        """Write; the script may spoil it."""
        text = self._written(asked) if fault.says is None else fault.says
        text, ending = _ending(text, asked.most_tokens, fault)
        cached, kept = self._cache(asked.system) if is_cached else (0, 0)
        return Work(text, ending, asked.tokens, tokens_of(text), cached, kept)

    def note(self, asked: Asked, status: int, stop_reason: str | None, work: Work | None = None) -> None:
        """Remember that this was asked, and how it was answered."""
        used = (work.tokens_in, work.tokens_out) if work else (0, 0)
        self.script.note(ModelCall(self.clock.now(), asked.model, status, stop_reason, *used, request=asked.body))

    def reply(self, said: Mapping[str, Any], fault: Fault, headers: Mapping[str, str]) -> Response:
        """The answer on its way: whole, broken off in its middle, or lost."""
        if fault.how is Failing.DROP:
            return Dropped()
        body = json.dumps(said, ensure_ascii=False).encode()
        if fault.how is Failing.HALF:
            body = body[: len(body) // 2]
        return Response(body, media_type="application/json", headers=dict(headers))

    def new_id(self) -> str:
        return sha256(f"{len(self.script.calls)}".encode()).hexdigest()[:24]

    def _written(self, asked: Asked) -> str:
        """The same request again gets other words, as from a model; the sequence is the same in every run."""
        seed = sha256(json.dumps([asked.model, asked.system, list(asked.said)]).encode()).hexdigest()
        asked_before = self._asked[seed]
        self._asked[seed] += 1
        prose = Prose(read_brief(asked.system, asked.said), f"{seed}{asked_before}")
        if asked.schema is None:
            return str(prose.fill({"type": "string"}))
        return json.dumps(prose.fill(asked.schema), ensure_ascii=False)

    def _cache(self, system: str) -> tuple[int, int]:
        """Tokens of the system prompt that were read from the cache, and written to it."""
        tokens = tokens_of(system)
        if tokens < self.least_cached:
            return 0, 0
        now = self.clock.now()
        is_fresh = now - self._cached.get(system, datetime.min.replace(tzinfo=UTC)) <= self.cache_lifetime
        self._cached[system] = now
        return (tokens, 0) if is_fresh else (0, tokens)

    async def _calls(self, _: Request) -> Response:
        return JSONResponse(self.script.summary())

    async def _add_faults(self, request: Request) -> Response:
        try:
            self.script.fail(*(Fault.read(it) for it in await request.json()))
        except (ValueError, TypeError, AttributeError) as exc:
            return JSONResponse({"error": str(exc)}, 400)
        return JSONResponse(self.script.summary())


class Dropped(Response):
    """Not an answer: the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cut(scope)


def _ending(text: str, most_tokens: int, fault: Fault) -> tuple[str, Ending]:
    """What is left of the text, and why it ends."""
    match fault.how:
        case Failing.REFUSAL:
            return "", Ending.REFUSED
        case Failing.EMPTY:
            return "", Ending.DONE
        case Failing.WRONG_SHAPE:
            return json.dumps({"unexpected": ["shape"]}), Ending.DONE
        case Failing.NO_JSON:
            return "Sure! Here is what you asked for.", Ending.DONE
        case Failing.CUT_SHORT:
            return text[: len(text) // 2], Ending.CUT
    if tokens_of(text) > most_tokens:
        return text.encode()[: most_tokens * BYTES_A_TOKEN].decode(errors="ignore"), Ending.CUT
    return text, Ending.DONE


def tokens_of(text: str) -> int:
    """About what a tokenizer would count."""
    return -(-len(text.encode()) // BYTES_A_TOKEN)


def read_object(body: bytes) -> dict[str, Any]:
    """The request's body as an object. Raises BadRequest."""
    try:
        asked = json.loads(body)
    except ValueError as exc:
        raise BadRequest(f"The request body is not valid JSON: {exc}") from exc
    if not isinstance(asked, dict):
        raise BadRequest("Input should be a valid dictionary")
    return asked
