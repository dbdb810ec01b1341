"""OpenAI's Responses API (developers.openai.com/api/reference/resources/responses) as the product uses it.

Refuses what the real API refuses. No streaming, no tools, no conversations; `POST /_dev/faults` scripts failures.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.clock import StackClock
from dev.models.openai_dialect import check_schema, complain, require_key
from dev.models.script import Failing, Fault
from dev.models.stand_in import Asked, BadRequest, Ending, StandIn, Work, read_object

KNOWN_MODELS = ("gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-luna", "gpt-4.1")
WITHOUT_REASONING = ("gpt-4",)
KNOWN_FIELDS = frozenset(
    {
        *("model", "instructions", "input", "max_output_tokens", "text", "reasoning", "store", "metadata"),
        *("prompt_cache_key", "safety_identifier", "service_tier", "truncation", "stream"),
    }
)
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
LEAST_TOKENS = 16


class OpenAI(StandIn):
    """The stand-in; `app` is the API, with its `/v1`."""

    cache_lifetime = timedelta(minutes=30)

    def __init__(self, clock: StackClock, api_key: str, takes: timedelta = timedelta(0)) -> None:
        super().__init__(clock, takes)
        self._api_key = api_key
        self.app = Starlette(routes=[Route("/v1/responses", self._responses, methods=["POST"]), *self.routes()])

    async def _responses(self, request: Request) -> Response:
        try:
            require_key(request, self._api_key)
            asked = _asked(read_object(await request.body()))
        except BadRequest as bad:
            return complain(bad.status, bad.message, bad.code, self._headers())
        fault = await self.next_fault()
        if fault.how is Failing.STATUS:
            self.note(asked, fault.status, None)
            return complain(fault.status, "scripted by the local stack", fault.code, self._headers(), fault)
        return self._answered(asked, fault)

    def _answered(self, asked: Asked, fault: Fault) -> Response:
        work = self.work(asked, fault)
        reason = _reason(work, fault)
        status = "incomplete" if reason else "completed"
        self.note(asked, 0 if fault.how is Failing.DROP else 200, status, work)
        said = {
            "id": f"resp_{self.new_id()}",
            "object": "response",
            "created_at": int(self.clock.now().timestamp()),
            "status": status,
            "error": None,
            "incomplete_details": {"reason": reason} if reason else None,
            "model": asked.model,
            "output": [
                {"id": f"rs_{self.new_id()}", "type": "reasoning", "summary": []},
                {
                    "id": f"msg_{self.new_id()}",
                    "type": "message",
                    "role": "assistant",
                    "status": status,
                    "content": [_part(work)],
                },
            ],
            "store": asked.body.get("store", True),
            "usage": _usage(work),
        }
        return self.reply(said, fault, self._headers())

    def _headers(self) -> dict[str, str]:
        return {"x-request-id": f"req_{self.new_id()}", "openai-version": "2020-10-01", "openai-processing-ms": "1"}


def _reason(work: Work, fault: Fault) -> str | None:
    """Why it is incomplete. A refusal is complete, unless it was the filter that ended it."""
    if work.ending is Ending.CUT:
        return "max_output_tokens"
    return "content_filter" if work.ending is Ending.REFUSED and fault.code == "content_filter" else None


def _part(work: Work) -> dict[str, Any]:
    if work.ending is Ending.REFUSED:
        return {"type": "refusal", "refusal": "I'm sorry, but I cannot assist with that request."}
    return {"type": "output_text", "text": work.text, "annotations": []}


def _usage(work: Work) -> dict[str, Any]:
    return {
        "input_tokens": work.tokens_in,
        "input_tokens_details": {"cached_tokens": work.cached, "cache_write_tokens": work.kept},
        "output_tokens": work.tokens_out,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": work.tokens_in + work.tokens_out,
    }


def _asked(body: Mapping[str, Any]) -> Asked:
    """Raises BadRequest."""
    _check_fields(body)
    messages = body["input"]
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ("user", "assistant", "system", "developer"):
            raise BadRequest(f"Invalid value: 'input[{place}].role'.")
        if not isinstance(message.get("content"), str) or not message["content"]:
            raise BadRequest(f"Missing required parameter: 'input[{place}].content'.")
    wanted = (body.get("text") or {}).get("format") or {}
    if wanted.get("type") == "json_schema":
        check_schema(wanted, "text.format")
    return Asked(
        model=body["model"],
        system=body.get("instructions") or "",
        said=[message["content"] for message in messages],
        schema=wanted.get("schema"),
        most_tokens=body.get("max_output_tokens") or 128_000,
        body=body,
    )


def _check_fields(body: Mapping[str, Any]) -> None:
    if unknown := sorted(body.keys() - KNOWN_FIELDS):
        raise BadRequest(f"Unknown parameter: '{unknown[0]}'.", code="unknown_parameter")
    if not str(body.get("model") or "").startswith(KNOWN_MODELS):
        raise BadRequest(f"The model '{body.get('model')}' does not exist.", 404, "model_not_found")
    if not body.get("input"):
        raise BadRequest("Missing required parameter: 'input'.", code="missing_required_parameter")
    if body.get("stream"):
        raise BadRequest("The local stand-in does not stream.")
    most = body.get("max_output_tokens")
    if most is not None and (not isinstance(most, int) or most < LEAST_TOKENS):
        raise BadRequest(f"Invalid 'max_output_tokens': expected a value >= {LEAST_TOKENS}.", code="integer_below_min")
    reasoning = body.get("reasoning")
    if reasoning is None:
        return
    if str(body["model"]).startswith(WITHOUT_REASONING):
        raise BadRequest("Unsupported parameter: 'reasoning.effort' is not supported with this model.")
    if not isinstance(reasoning, dict) or reasoning.get("effort") not in EFFORTS:
        raise BadRequest("Invalid value: 'reasoning.effort'.", code="invalid_value")
