"""Claude's Messages API (platform.claude.com/docs/en/api/messages) as the product uses it: no streaming, no tools.

Refuses what the real API refuses, so that a request that passes here passes there. `GET /_dev/calls` says what was
asked; `POST /_dev/faults` scripts failures.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from itertools import takewhile
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dev.clock import StackClock
from dev.models.anthropic_request import BadRequest, check_request
from dev.models.prose import Prose, read_brief
from dev.models.script import Failing, Fault, ModelCall, Script
from dev.serving import cut

ERROR_TYPES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
LEAST_CACHED, CACHE_LIFETIME = 512, timedelta(minutes=5)
REQUESTS_A_MINUTE, TOKENS_A_MINUTE = 4_000, 2_000_000


class Anthropic:
    """The stand-in: `app` is the API, `script` what goes wrong and what was asked, `takes` how long a call lasts."""

    def __init__(self, clock: StackClock, api_key: str, takes: timedelta = timedelta(0)) -> None:
        self.script = Script()
        self.takes = takes
        self._clock = clock
        self._api_key = api_key
        self._asked: Counter[str] = Counter()
        self._cached: dict[str, datetime] = {}
        self.app = Starlette(
            routes=[
                Route("/v1/messages", self._messages, methods=["POST"]),
                Route("/_dev/calls", self._calls, methods=["GET"]),
                Route("/_dev/faults", self._add_faults, methods=["POST"]),
            ]
        )

    async def _messages(self, request: Request) -> Response:
        try:
            self._require_key(request)
            asked = check_request(request.headers, await request.body())
        except BadRequest as bad:
            return self._error(bad.status, bad.message)
        fault = self.script.next_fault()
        await self._clock.spend(self.takes + fault.slow)
        if fault.how is Failing.STATUS:
            self._note(asked, fault.status, None, 0, 0)
            return self._error(fault.status, ERROR_TYPES.get(fault.status, "api_error"), fault.retry_after)
        return self._answered(asked, fault)

    def _answered(self, asked: Mapping[str, Any], fault: Fault) -> Response:
        text = self._written(asked) if fault.says is None else fault.says
        text, stop_reason = _ending(text, asked, fault)
        usage = self._used(asked, text)
        tokens_in = usage["input_tokens"] + usage["cache_creation_input_tokens"] + usage["cache_read_input_tokens"]
        status = 0 if fault.how is Failing.DROP else 200
        self._note(asked, status, stop_reason, tokens_in, usage["output_tokens"])
        if fault.how is Failing.DROP:
            return Dropped()
        message = {
            "id": f"msg_{self._id()}",
            "type": "message",
            "role": "assistant",
            "model": asked["model"],
            "content": [{"type": "text", "text": text}] if text else [],
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "stop_details": REFUSED if stop_reason == "refusal" else None,
            "usage": usage,
        }
        body = json.dumps(message, ensure_ascii=False).encode()
        if fault.how is Failing.HALF:
            body = body[: len(body) // 2]
        return Response(body, media_type="application/json", headers=self._headers())

    def _written(self, asked: Mapping[str, Any]) -> str:
        """The same request again gets other words, as from a model; the sequence is the same in every run."""
        system, said = _plain(asked.get("system")), [_plain(it["content"]) for it in asked["messages"]]
        seed = sha256(json.dumps([asked["model"], system, said]).encode()).hexdigest()
        asked_before = self._asked[seed]
        self._asked[seed] += 1
        prose = Prose(read_brief(system, said), f"{seed}{asked_before}")
        wanted = (asked.get("output_config") or {}).get("format")
        if wanted is None:
            return str(prose.fill({"type": "string"}))
        return json.dumps(prose.fill(wanted["schema"]), ensure_ascii=False)

    def _used(self, asked: Mapping[str, Any], text: str) -> dict[str, Any]:
        """The tokens of a call. A system prompt marked for caching is written once and read for five minutes after."""
        system = _plain(asked.get("system"))
        prefix, written, read = tokens_of(system), 0, 0
        if "cache_control" in json.dumps(asked.get("system")) and prefix >= LEAST_CACHED:
            now = self._clock.now()
            is_fresh = now - self._cached.get(system, datetime.min.replace(tzinfo=UTC)) <= CACHE_LIFETIME
            self._cached[system] = now
            written, read = (0, prefix) if is_fresh else (prefix, 0)
        said = tokens_of("".join(_plain(it["content"]) for it in asked["messages"]))
        return {
            "input_tokens": said + (0 if written or read else prefix),
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
            "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
            "output_tokens": tokens_of(text),
            "service_tier": "standard",
        }

    def _note(
        self, asked: Mapping[str, Any], status: int, stop_reason: str | None, tokens_in: int, tokens_out: int
    ) -> None:
        now = self._clock.now()
        self.script.note(ModelCall(now, asked["model"], status, stop_reason, tokens_in, tokens_out, request=asked))

    def _require_key(self, request: Request) -> None:
        """`x-api-key` counts before `Authorization`, as in the real API."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = request.headers.get("x-api-key") or (token if scheme.lower() == "bearer" else "")
        if not given:
            raise BadRequest("x-api-key header is required", 401)
        if not compare_digest(given.encode(), self._api_key.encode()):
            raise BadRequest("invalid x-api-key", 401)

    def _error(self, status: int, message: str, retry_after: timedelta | None = None) -> Response:
        headers = self._headers()
        if retry_after is not None:
            headers["retry-after"] = f"{retry_after.total_seconds():g}"
        error = {"type": ERROR_TYPES.get(status, "api_error"), "message": message}
        body = {"type": "error", "error": error, "request_id": headers["request-id"]}
        return JSONResponse(body, status, headers)

    def _headers(self) -> dict[str, str]:
        now = self._clock.now()
        minute = now.replace(second=0, microsecond=0)
        recent = list(takewhile(lambda call: call.at >= minute, reversed(self.script.calls)))
        used = sum(call.tokens_in + call.tokens_out for call in recent)
        reset = (minute + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "request-id": f"req_{self._id()}",
            "anthropic-organization-id": "00000000-0000-0000-0000-000000000000",
            "anthropic-ratelimit-requests-limit": str(REQUESTS_A_MINUTE),
            "anthropic-ratelimit-requests-remaining": str(max(0, REQUESTS_A_MINUTE - len(recent))),
            "anthropic-ratelimit-requests-reset": reset,
            "anthropic-ratelimit-tokens-limit": str(TOKENS_A_MINUTE),
            "anthropic-ratelimit-tokens-remaining": str(max(0, TOKENS_A_MINUTE - used)),
            "anthropic-ratelimit-tokens-reset": reset,
        }

    def _id(self) -> str:
        return sha256(f"{len(self.script.calls)}".encode()).hexdigest()[:24]

    async def _calls(self, _: Request) -> Response:
        return JSONResponse(self.script.summary())

    async def _add_faults(self, request: Request) -> Response:
        try:
            self.script.fail(*(Fault.read(it) for it in await request.json()))
        except (ValueError, TypeError, AttributeError) as exc:
            return JSONResponse({"error": str(exc)}, 400)
        return JSONResponse(self.script.summary())


REFUSED = {"type": "refusal", "category": "general_harms", "explanation": "scripted by the local stack"}


class Dropped(Response):
    """Not an answer: the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cut(scope)


def _ending(text: str, asked: Mapping[str, Any], fault: Fault) -> tuple[str, str]:
    """What is left of the text, and why it ends."""
    match fault.how:
        case Failing.REFUSAL:
            return "", "refusal"
        case Failing.EMPTY:
            return "", "end_turn"
        case Failing.WRONG_SHAPE:
            return json.dumps({"unexpected": ["shape"]}), "end_turn"
        case Failing.NO_JSON:
            return "Sure! Here is what you asked for.", "end_turn"
        case Failing.CUT_SHORT:
            return text[: len(text) // 2], "max_tokens"
    most = int(asked["max_tokens"])
    if tokens_of(text) > most:
        return text.encode()[: most * BYTES_A_TOKEN].decode(errors="ignore"), "max_tokens"
    return text, "end_turn"


BYTES_A_TOKEN = 4


def tokens_of(text: str) -> int:
    """About what a tokenizer would count."""
    return -(-len(text.encode()) // BYTES_A_TOKEN)


def _plain(content: str | Sequence[Mapping[str, Any]] | None) -> str:
    """The text of a `system` or `content`, which may be blocks."""
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(block.get("text", "") for block in content)
