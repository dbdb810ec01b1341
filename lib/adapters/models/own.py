"""A model of the operator's own, behind any server that speaks OpenAI's chat dialect: vLLM, Ollama, a gateway …

The dialect is `/chat/completions` with a JSON schema as `response_format`. Servers differ in what they leave out, so
little is expected: no key, no request id, and no usage, which then counts as the most it can have been.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.adapters.models import WritingAnswer, WritingRequest
from lib.adapters.models.call import Call
from lib.adapters.models.openai import read_complaint
from lib.adapters.models.wire import Complaint, Reply, post, read_count, request_id_of
from lib.domain.pricing import Price, Usage, dearest_price
from lib.domain.vendor import Vendor
from lib.errors import ModelFault

if TYPE_CHECKING:
    from lib.adapters.models.wire import Connect

NO_SCHEMAS = "response_format_not_supported"
SCHEMA_WORDS = ("response_format", "json_schema")


class OwnModel:
    """A writer with a model of that server; `name` is the server's. Without a price the dearest known one counts."""

    def __init__(self, *, api_key: str, base_url: str, name: str, price: Price | None, connect: "Connect") -> None:
        self.model = f"{Vendor.OWN}/{name}"
        self._name = name
        self._headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._url = f"{base_url}/chat/completions"
        self._price = price or dearest_price()
        self._connect = connect

    def price_at(self, at: datetime) -> Price:
        """Nano-USD a token, the same every day."""
        return self._price

    async def prepare(self) -> None:
        """Nothing is slow to import here."""

    async def close(self) -> None:
        """The connections belong to whoever opened them."""

    async def write(self, request: WritingRequest, *, within: timedelta) -> WritingAnswer:
        """Raises ModelFailed."""
        call = Call(self.model, request, self._price)
        reply = await post(
            call,
            self._connect(),
            self._url,
            headers=self._headers,
            body=self._body(request),
            within=within,
            read_complaint=read_own_complaint,
        )
        return read_answer(call, reply)

    def _body(self, request: WritingRequest) -> dict[str, Any]:
        schema = {"name": "answer", "strict": True, "schema": dict(request.schema)}
        said = [{"role": turn.role, "content": turn.said} for turn in request.turns]
        return {
            "model": self._name,
            "messages": [{"role": "system", "content": request.system}, *said],
            "max_tokens": request.most_tokens,
            "response_format": {"type": "json_schema", "json_schema": schema},
        }


def read_own_complaint(status: int, said: Mapping[str, Any]) -> Complaint:
    """As OpenAI's. A server that knows no JSON schemas cannot be used by anybody: an operator must choose another."""
    if status in (400, 422, 501) and any(word in str(said) for word in SCHEMA_WORDS):
        return Complaint(NO_SCHEMAS, ModelFault.CONFIGURATION)
    return read_complaint(status, said)


def read_answer(call: Call, reply: Reply) -> WritingAnswer:
    """Why it stopped comes first: a refusal and a cut answer are ordinary 200s. Raises ModelFailed."""
    request_id = request_id_of(reply.headers)
    try:
        choice = reply.said["choices"][0]
        message, finish = choice["message"], str(choice.get("finish_reason"))
        text = str(message.get("content") or "")
        usage = read_usage(reply.said.get("usage") or {}) or most_usage(call.request)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as exc:
        raise call.may_have_cost(ModelFault.UNUSABLE, "answered something else than a completion", request_id) from exc
    if finish == "content_filter" or message.get("refusal"):
        raise call.failed(ModelFault.REFUSED, "declined to write this", usage, request_id)
    if finish != "stop":
        raise call.failed(ModelFault.UNUSABLE, f"stopped early: {finish[:40]}", usage, request_id)
    return call.answered(text, usage, request_id, finish)


def read_usage(usage: Mapping[str, Any]) -> Usage | None:
    """None when the server tells nothing."""
    said, written = read_count(usage, "prompt_tokens"), read_count(usage, "completion_tokens")
    cached = read_count(usage.get("prompt_tokens_details") or {}, "cached_tokens")
    if not said:
        return None
    return Usage(fresh_in=max(said - cached, 0), cache_read=min(cached, said), out=written)


def most_usage(request: WritingRequest) -> Usage:
    """What the call cannot have exceeded."""
    return Usage(fresh_in=request.size, out=request.most_tokens)
