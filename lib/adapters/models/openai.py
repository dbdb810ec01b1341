"""GPT, by OpenAI's Responses API.

Thin on our own httpx: their package takes half a second to import, and it would be paid in the moment when another
vendor is down. Nothing is stored there (`store: false`). Prompts of 1,024 tokens and more are cached by OpenAI itself,
as far as they begin alike.
Wire: https://developers.openai.com/api/reference/resources/responses.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.adapters.models import WritingAnswer, WritingRequest
from lib.adapters.models.call import Call
from lib.adapters.models.wire import Complaint, Reply, post, read_count, request_id_of
from lib.domain.pricing import Price, Usage, price_of
from lib.domain.vendor import Vendor
from lib.errors import ModelFault

if TYPE_CHECKING:
    from lib.adapters.models.wire import Connect

LEAST_TOKENS = 16  # of max_output_tokens
# They do not reason, and answer 400 to an effort.
WITHOUT_EFFORT = ("gpt-3.5", "gpt-4", "chatgpt-")
# Billing: a 429 by its status, but waiting does not help. The type stays the same while codes come and go.
OUT_OF_MONEY = "insufficient_quota"
# Moderation of the prompt, which is a 400 by its status.
REFUSING_CODES = frozenset({"invalid_prompt", "content_policy_violation", "bio_policy", "cyber_policy"})
TRANSIENT_CODES = frozenset({"server_error", "rate_limit_exceeded", "slow_down", "server_is_overloaded"})


class OpenAI:
    """A writer with one of OpenAI's models; `name` is theirs."""

    def __init__(self, *, api_key: str, base_url: str, name: str, connect: "Connect") -> None:
        self.model = f"{Vendor.OPENAI}/{name}"
        self._name = name
        self._api_key = api_key
        self._url = f"{base_url}/responses"
        self._connect = connect

    def price_at(self, at: datetime) -> Price:
        """Nano-USD a token."""
        return price_of(self._name, at)

    async def prepare(self) -> None:
        """Nothing is slow to import here."""

    async def close(self) -> None:
        """The connections belong to whoever opened them."""

    async def write(self, request: WritingRequest, *, within: timedelta) -> WritingAnswer:
        """Raises ModelFailed."""
        call = Call(self.model, request, self.price_at(request.at))
        reply = await post(
            call,
            self._connect(),
            self._url,
            headers={"authorization": f"Bearer {self._api_key}"},
            body=self._body(request),
            within=within,
            read_complaint=read_complaint,
        )
        return read_answer(call, reply)

    def _body(self, request: WritingRequest) -> dict[str, Any]:
        schema = {"type": "json_schema", "name": "answer", "strict": True, "schema": dict(request.schema)}
        body = {
            "model": self._name,
            "instructions": request.system,
            "input": [{"role": turn.role, "content": turn.said} for turn in request.turns],
            "max_output_tokens": max(request.most_tokens, LEAST_TOKENS),
            "text": {"format": schema},
            "store": False,
        }
        if not self._name.startswith(WITHOUT_EFFORT):
            body["reasoning"] = {"effort": request.effort}
        return body


def read_complaint(status: int, said: Mapping[str, Any]) -> Complaint:
    """`{"error": {"type", "code", "message", "param"}}`; servers that speak the dialect may leave all of it out."""
    error = said.get("error")
    error = error if isinstance(error, Mapping) else {}
    code, kind = str(error.get("code") or ""), str(error.get("type") or "")
    if OUT_OF_MONEY in (code, kind):
        return Complaint(code or kind, ModelFault.CONFIGURATION)
    if status == 400 and code in REFUSING_CODES:
        return Complaint(code, ModelFault.REFUSED)
    return Complaint(code or kind)


def read_answer(call: Call, reply: Reply) -> WritingAnswer:
    """Why it stopped comes first: a refusal and a cut answer are ordinary 200s. Raises ModelFailed."""
    request_id = request_id_of(reply.headers)
    try:
        usage = read_usage(reply.said.get("usage") or {})
        status = reply.said["status"]
        parts = list(_parts(reply.said["output"]))
        text = "".join(part["text"] for part in parts if part["type"] == "output_text")
        error_code = str((reply.said.get("error") or {}).get("code"))
        reason = str((reply.said.get("incomplete_details") or {}).get("reason"))
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise call.may_have_cost(ModelFault.UNUSABLE, "answered something else than a response", request_id) from exc
    if reason == "content_filter" or error_code in REFUSING_CODES or any(it["type"] == "refusal" for it in parts):
        raise call.failed(ModelFault.REFUSED, "declined to write this", usage, request_id)
    if status == "failed" and error_code in TRANSIENT_CODES:
        raise call.failed(ModelFault.TRANSIENT, f"failed: {error_code}", usage, request_id)
    if status != "completed":
        why = f"stopped early: {reason if status == 'incomplete' else error_code}"[:80]
        raise call.failed(ModelFault.UNUSABLE, why, usage, request_id)
    if not usage.tokens_in:
        raise call.may_have_cost(ModelFault.UNUSABLE, "did not tell its usage", request_id)
    return call.answered(text, usage, request_id, status)


def _parts(output: Any) -> Iterator[Mapping[str, Any]]:
    """The parts of its message; what it thought comes in items of its own, without words."""
    for item in output:
        if item["type"] == "message":
            yield from item["content"]


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """`input_tokens` counts all of them, read from the cache, written to it, or neither."""
    details = usage.get("input_tokens_details") or {}
    read, written = read_count(details, "cached_tokens"), read_count(details, "cache_write_tokens")
    return Usage(
        fresh_in=max(read_count(usage, "input_tokens") - read - written, 0),
        cache_written=written,
        cache_read=read,
        out=read_count(usage, "output_tokens"),
    )
