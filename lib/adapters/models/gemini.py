"""Gemini, by Google's Gemini API (`generateContent`), thin on our own httpx for the reasons told in `openai.py`.

Prompts are cached by Google itself, as far as they begin alike. Nothing that samples is sent: newer models refuse it.
Wire: https://ai.google.dev/api/generate-content.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lib.adapters.models import Turn, WritingAnswer, WritingRequest
from lib.adapters.models.call import Call
from lib.adapters.models.faults import bounded
from lib.adapters.models.wire import Complaint, Reply, post, read_count
from lib.domain.pricing import Price, Usage, price_of
from lib.domain.vendor import Vendor
from lib.errors import ModelFault

if TYPE_CHECKING:
    from lib.adapters.models.wire import Connect

# They know a thinking budget in tokens, and no level.
WITHOUT_LEVEL = ("gemini-1", "gemini-2")
REFUSING_REASONS = frozenset(
    {"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT"}
)
# What Google answers with 400 or 429 although an operator must act: google.rpc.ErrorInfo's reason, or the status.
CONFIGURATION_REASONS = frozenset({"API_KEY_INVALID", "API_KEY_EXPIRED", "BILLING_DISABLED", "CONSUMER_SUSPENDED"})
NOT_SERVED_HERE = "FAILED_PRECONDITION"  # billing is off, or the country is not served


class Gemini:
    """A writer with one of Google's models; `name` is theirs."""

    def __init__(self, *, api_key: str, base_url: str, name: str, connect: "Connect") -> None:
        self.model = f"{Vendor.GEMINI}/{name}"
        self._name = name
        self._api_key = api_key
        self._url = f"{base_url}/v1/models/{quote(name, safe='')}:generateContent"
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
            # Their own server stops working when we have stopped listening.
            headers={"x-goog-api-key": self._api_key, "x-server-timeout": str(math.ceil(within.total_seconds()))},
            body=self._body(request),
            within=within,
            read_complaint=read_complaint,
        )
        return read_answer(call, reply)

    def _body(self, request: WritingRequest) -> dict[str, Any]:
        config: dict[str, Any] = {
            "maxOutputTokens": request.most_tokens,
            "responseMimeType": "application/json",
            "responseJsonSchema": dict(request.schema),
        }
        if not self._name.startswith(WITHOUT_LEVEL):
            config["thinkingConfig"] = {"thinkingLevel": request.effort.upper()}
        return {
            "systemInstruction": {"parts": [{"text": request.system}]},
            "contents": [_content(turn) for turn in request.turns],
            "generationConfig": config,
        }


def _content(turn: Turn) -> dict[str, Any]:
    return {"role": "user" if turn.role == "user" else "model", "parts": [{"text": turn.said}]}


def read_complaint(status: int, said: Mapping[str, Any]) -> Complaint:
    """`{"error": {"code", "message", "status", "details": [{"@type": …}]}}`: google.rpc.Status."""
    error = said.get("error")
    error = error if isinstance(error, Mapping) else {}
    listed = error.get("details")
    details = [it for it in listed if isinstance(it, Mapping)] if isinstance(listed, list) else []
    word = str(error.get("status") or "")
    reason = next((it["reason"] for it in details if isinstance(it.get("reason"), str)), "")
    waits = (wait for it in details if (wait := _read_delay(it.get("retryDelay"))) is not None)
    is_ours = reason in CONFIGURATION_REASONS or (status == 400 and word == NOT_SERVED_HERE)
    fault = ModelFault.CONFIGURATION if is_ours else None
    return Complaint(reason or word, fault, next(waits, None))


def _read_delay(text: Any) -> timedelta | None:
    """google.protobuf.Duration as JSON: `"12s"`, `"0.5s"`."""
    if not isinstance(text, str) or not text.endswith("s"):
        return None
    try:
        return bounded(timedelta(seconds=float(text[:-1])))
    except (ValueError, OverflowError):
        return None


def read_answer(call: Call, reply: Reply) -> WritingAnswer:
    """Why it stopped comes first: a refusal and a cut answer are ordinary 200s. Raises ModelFailed."""
    said = reply.said
    request_id = str(said["responseId"]) if said.get("responseId") else None
    try:
        usage = read_usage(said.get("usageMetadata") or {})
        blocked = (said.get("promptFeedback") or {}).get("blockReason")
        candidates = said.get("candidates") or [{}]
        finish = str(candidates[0].get("finishReason"))
        text = "".join(_texts(candidates[0].get("content") or {}))
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise call.may_have_cost(ModelFault.UNUSABLE, "answered something else than content", request_id) from exc
    if blocked or finish in REFUSING_REASONS:
        why = f"declined to write this ({str(blocked or finish)[:40]})"
        raise call.failed(ModelFault.REFUSED, why, usage, request_id)
    if not usage.tokens_in:
        raise call.may_have_cost(ModelFault.UNUSABLE, "did not tell its usage", request_id)
    if finish != "STOP":
        raise call.failed(ModelFault.UNUSABLE, f"stopped early: {finish[:40]}", usage, request_id)
    return call.answered(text, usage, request_id, finish)


def _texts(content: Mapping[str, Any]) -> Iterator[str]:
    """What it says, without what it thought."""
    return (part["text"] for part in content.get("parts") or () if not part.get("thought"))


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """`promptTokenCount` counts the cached ones too; thoughts are billed as output."""
    cached = read_count(usage, "cachedContentTokenCount")
    return Usage(
        fresh_in=max(read_count(usage, "promptTokenCount") - cached, 0),
        cache_read=cached,
        out=read_count(usage, "candidatesTokenCount") + read_count(usage, "thoughtsTokenCount"),
    )
