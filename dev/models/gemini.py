"""Google's Gemini API (ai.google.dev/api/generate-content) as the product uses it: `generateContent`, no streaming.

Refuses what the real API refuses. `POST /_dev/faults` scripts failures.
"""

from collections.abc import Mapping
from datetime import timedelta
from hmac import compare_digest
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.clock import StackClock
from dev.models.gemini_request import KNOWN_MODELS, check_request
from dev.models.script import Failing, Fault
from dev.models.stand_in import Asked, BadRequest, Ending, StandIn, Work, read_object

STATUSES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
FINISH_REASONS: Mapping[Ending, str] = {
    Ending.DONE: "STOP",
    Ending.CUT: "MAX_TOKENS",
    Ending.REFUSED: "SAFETY",
}
INVALID_KEY = "API key not valid. Please pass a valid API key."


class Gemini(StandIn):
    """The stand-in; `app` is the API."""

    def __init__(self, clock: StackClock, api_key: str, takes: timedelta = timedelta(0)) -> None:
        super().__init__(clock, takes)
        self._api_key = api_key
        self.app = Starlette(
            routes=[
                Route("/v1/models/{name}:generateContent", self._generate, methods=["POST"]),
                Route("/v1beta/models/{name}:generateContent", self._generate, methods=["POST"]),
                *self.routes(),
            ]
        )

    async def _generate(self, request: Request) -> Response:
        try:
            self._require_key(request)
            name = request.path_params["name"]
            if name not in KNOWN_MODELS:
                raise BadRequest(f"models/{name} is not found for API version v1.", 404)
            asked = _asked(name, check_request(name, read_object(await request.body())))
        except BadRequest as bad:
            return _complain(bad.status, bad.message, bad.code)
        fault = await self.next_fault()
        if fault.how is Failing.STATUS:
            self.note(asked, fault.status, None)
            return _complain(fault.status, "scripted by the local stack", fault.code, fault.retry_after)
        return self._answered(asked, fault)

    def _answered(self, asked: Asked, fault: Fault) -> Response:
        work = self.work(asked, fault)
        finish = FINISH_REASONS[work.ending]
        self.note(asked, 0 if fault.how is Failing.DROP else 200, finish, work)
        candidate: dict[str, Any] = {"finishReason": finish, "index": 0}
        if work.text:
            parts = [{"text": "first thoughts", "thought": True}, {"text": work.text}]
            candidate["content"] = {"role": "model", "parts": parts}
        said: dict[str, Any] = {
            "candidates": [candidate],
            "usageMetadata": _usage(work),
            "modelVersion": asked.model,
            "responseId": self.new_id(),
        }
        if work.ending is Ending.REFUSED and fault.code:  # the prompt itself was blocked
            del said["candidates"]
            said["promptFeedback"] = {"blockReason": fault.code}
        return self.reply(said, fault, {})

    def _require_key(self, request: Request) -> None:
        given = request.headers.get("x-goog-api-key", "")
        if not given:
            raise BadRequest("Method doesn't allow unregistered callers.", 403)
        if not compare_digest(given.encode(), self._api_key.encode()):
            raise BadRequest(INVALID_KEY, 400, "API_KEY_INVALID")


def _complain(status: int, message: str, reason: str | None, retry_after: timedelta | None = None) -> Response:
    """A google.rpc.Status. It has no Retry-After: the wait is one of its details."""
    details: list[dict[str, Any]] = []
    if reason:
        domain = "googleapis.com"
        details.append({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": domain})
    if retry_after is not None:
        delay = f"{retry_after.total_seconds():g}s"
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay})
    error = {"code": status, "message": message, "status": STATUSES.get(status, "UNKNOWN"), "details": details}
    return JSONResponse({"error": error}, status)


def _usage(work: Work) -> dict[str, Any]:
    """Counts of zero are left out."""
    counts = {
        "promptTokenCount": work.tokens_in,
        "cachedContentTokenCount": work.cached,
        "candidatesTokenCount": work.tokens_out,
        "totalTokenCount": work.tokens_in + work.tokens_out,
    }
    return {name: count for name, count in counts.items() if count}


def _asked(name: str, body: Mapping[str, Any]) -> Asked:
    config = body.get("generationConfig") or {}
    return Asked(
        model=name,
        system=_plain(body.get("systemInstruction") or {}),
        said=[_plain(content) for content in body["contents"]],
        schema=config.get("responseJsonSchema"),
        most_tokens=config.get("maxOutputTokens") or 64_000,
        body=body,
    )


def _plain(content: Mapping[str, Any]) -> str:
    return "".join(part["text"] for part in content.get("parts", ()))
