"""Claude's Messages API (platform.claude.com/docs/en/api/messages) as the product uses it: no streaming, no tools.

Refuses what the real API refuses, so that a request that passes here passes there. `GET /_dev/calls` says what was
asked; `POST /_dev/faults` scripts failures.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hmac import compare_digest
from itertools import takewhile
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.clock import StackClock
from dev.models.anthropic_request import check_request
from dev.models.script import Failing, Fault
from dev.models.stand_in import Asked, BadRequest, Ending, StandIn, Work

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
STOP_REASONS: Mapping[Ending, str] = {
    Ending.DONE: "end_turn",
    Ending.CUT: "max_tokens",
    Ending.REFUSED: "refusal",
}
REFUSED = {"type": "refusal", "category": "general_harms", "explanation": "scripted by the local stack"}
REQUESTS_A_MINUTE, TOKENS_A_MINUTE = 4_000, 2_000_000


class Anthropic(StandIn):
    """The stand-in; `app` is the API."""

    least_cached = 512

    def __init__(self, clock: StackClock, api_key: str, takes: timedelta = timedelta(0)) -> None:
        super().__init__(clock, takes)
        self._api_key = api_key
        self.app = Starlette(routes=[Route("/v1/messages", self._messages, methods=["POST"]), *self.routes()])

    async def _messages(self, request: Request) -> Response:
        try:
            self._require_key(request)
            asked = _asked(check_request(request.headers, await request.body()))
        except BadRequest as bad:
            return self._error(bad.status, bad.message)
        fault = await self.next_fault()
        if fault.how is Failing.STATUS:
            self.note(asked, fault.status, None)
            return self._error(fault.status, ERROR_TYPES.get(fault.status, "api_error"), fault)
        return self._answered(asked, fault)

    def _answered(self, asked: Asked, fault: Fault) -> Response:
        work = self.work(asked, fault, is_cached="cache_control" in json.dumps(asked.body.get("system")))
        stop_reason = STOP_REASONS[work.ending]
        self.note(asked, 0 if fault.how is Failing.DROP else 200, stop_reason, work)
        message = {
            "id": f"msg_{self.new_id()}",
            "type": "message",
            "role": "assistant",
            "model": asked.model,
            "content": [{"type": "text", "text": work.text}] if work.text else [],
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "stop_details": REFUSED if work.ending is Ending.REFUSED else None,
            "usage": _usage(work),
        }
        return self.reply(message, fault, self._headers())

    def _require_key(self, request: Request) -> None:
        """`x-api-key` counts before `Authorization`, as in the real API."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = request.headers.get("x-api-key") or (token if scheme.lower() == "bearer" else "")
        if not given:
            raise BadRequest("x-api-key header is required", 401)
        if not compare_digest(given.encode(), self._api_key.encode()):
            raise BadRequest("invalid x-api-key", 401)

    def _error(self, status: int, message: str, fault: Fault | None = None) -> Response:
        headers = self._headers()
        if fault and fault.retry_after is not None:
            headers["retry-after"] = f"{fault.retry_after.total_seconds():g}"
        error: dict[str, Any] = {"type": ERROR_TYPES.get(status, "api_error"), "message": message}
        if fault and fault.code:
            error["details"] = {"error_code": fault.code}
        body = {"type": "error", "error": error, "request_id": headers["request-id"]}
        return JSONResponse(body, status, headers)

    def _headers(self) -> dict[str, str]:
        now = self.clock.now()
        minute = now.replace(second=0, microsecond=0)
        recent = list(takewhile(lambda call: call.at >= minute, reversed(self.script.calls)))
        used = sum(call.tokens_in + call.tokens_out for call in recent)
        reset = (minute + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "request-id": f"req_{self.new_id()}",
            "anthropic-organization-id": "00000000-0000-0000-0000-000000000000",
            "anthropic-ratelimit-requests-limit": str(REQUESTS_A_MINUTE),
            "anthropic-ratelimit-requests-remaining": str(max(0, REQUESTS_A_MINUTE - len(recent))),
            "anthropic-ratelimit-requests-reset": reset,
            "anthropic-ratelimit-tokens-limit": str(TOKENS_A_MINUTE),
            "anthropic-ratelimit-tokens-remaining": str(max(0, TOKENS_A_MINUTE - used)),
            "anthropic-ratelimit-tokens-reset": reset,
        }


def _asked(body: Mapping[str, Any]) -> Asked:
    wanted = (body.get("output_config") or {}).get("format")
    return Asked(
        model=body["model"],
        system=_plain(body.get("system")),
        said=[_plain(it["content"]) for it in body["messages"]],
        schema=wanted["schema"] if wanted else None,
        most_tokens=body["max_tokens"],
        body=body,
    )


def _usage(work: Work) -> dict[str, Any]:
    """The three kinds of input do not overlap."""
    return {
        "input_tokens": work.tokens_in - work.cached - work.kept,
        "cache_creation_input_tokens": work.kept,
        "cache_read_input_tokens": work.cached,
        "cache_creation": {"ephemeral_5m_input_tokens": work.kept, "ephemeral_1h_input_tokens": 0},
        "output_tokens": work.tokens_out,
        "service_tier": "standard",
    }


def _plain(content: str | Sequence[Mapping[str, Any]] | None) -> str:
    """The text of a `system` or `content`, which may be blocks."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(block.get("text", "") for block in content)
