"""Claude, through Anthropic's own package.

The package takes more than a second to import, so that happens in a thread, beside the claim (`prepare`) or else with
the first call. We read the answer's JSON ourselves: the package's models are built without validation,
and its `parse()` answers a truncated or refused text with a bare pydantic error. It sends no idempotency key, so a call
that is repeated is paid again; its own retries are off.
Wire: https://platform.claude.com/docs/en/api/messages.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from lib.adapters.models import Turn, WritingAnswer, WritingRequest
from lib.adapters.models.call import Call
from lib.adapters.models.faults import fault_of, read_retry_after
from lib.adapters.models.wire import CONNECT_TIMEOUT, read_count
from lib.domain.pricing import Price, Usage, price_of
from lib.domain.vendor import Vendor
from lib.errors import ModelFailed, ModelFault
from lib.loops import PerLoop

if TYPE_CHECKING:
    from anthropic import AnthropicError, AsyncAnthropic
    from anthropic.types import MessageParam, OutputConfigParam, TextBlockParam

KEEPALIVE = timedelta(seconds=5)  # an instance may be frozen between two calls, and wake up to dead connections

# Not what its class of status usually is: these need an operator.
CONFIGURATION_CODES = frozenset(
    {
        "enforced_spend_limit_reached",
        "contract_spend_limit_reached",
        "linked_organization_spend_limit_reached",
        "organization_on_hold",
        "organization_type_not_supported",
        "cmek_key_disabled",
        "cmek_key_network_blocked",
        "workspace_policy_violation",
    }
)
# Older models know no `effort` and answer 400.
WITHOUT_EFFORT = ("claude-haiku-4", "claude-sonnet-4-5", "claude-opus-4-1", "claude-3")


class Claude:
    """A writer with one of Anthropic's models; `name` is theirs."""

    def __init__(self, *, api_key: str, base_url: str, name: str) -> None:
        self.model = f"{Vendor.ANTHROPIC}/{name}"
        self._name = name
        self._api_key = api_key
        self._base_url = base_url
        self._clients: PerLoop[AsyncAnthropic] = PerLoop(self._connect, lambda client: client.close())

    def price_at(self, at: datetime) -> Price:
        """Nano-USD a token."""
        return price_of(self._name, at)

    async def prepare(self) -> None:
        """Load the package, in a thread."""
        await asyncio.to_thread(load)

    async def write(self, request: WritingRequest, *, within: timedelta) -> WritingAnswer:
        """Raises ModelFailed."""
        call = Call(self.model, request, self.price_at(request.at))
        is_loaded = False
        try:
            async with asyncio.timeout(within.total_seconds()):
                await self.prepare()
                is_loaded = True
                body, request_id = await self._send(call, within)
        except TimeoutError as exc:
            if not is_loaded:
                why = f"{self.model}: not loaded within {within}"
                raise ModelFailed(ModelFault.TRANSIENT, why, details={"unsent": True}) from exc
            raise call.may_have_cost(ModelFault.TRANSIENT, f"no answer within {within}") from exc
        return read_answer(call, body, request_id)

    async def close(self) -> None:
        """Close the running loop's connections."""
        await self._clients.close()

    async def _send(self, call: Call, within: timedelta) -> tuple[bytes, str | None]:
        """The answer's body and its request id."""
        import anthropic
        import httpx2

        request = call.request
        try:
            reply = await self._clients.get().messages.with_raw_response.create(
                model=self._name,
                max_tokens=request.most_tokens,
                # The same for everybody: cached from the first call on, where it is long enough for the model's cache.
                system=[{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}],
                messages=[message_of(turn) for turn in request.turns],
                output_config=self._output_config(request),
                # httpx's timeouts are per operation; the total is the caller's.
                timeout=httpx2.Timeout(within.total_seconds(), connect=CONNECT_TIMEOUT.total_seconds()),
            )
        except anthropic.APIConnectionError as exc:
            failure = translated(exc, self.model)
            lost = (httpx2.ReadTimeout, httpx2.ReadError, httpx2.RemoteProtocolError, httpx2.DecodingError)
            if isinstance(exc.__cause__, lost):  # all was sent, so the work may have been done and paid for
                failure = call.may_have_cost(failure.fault, f"no answer ({type(exc.__cause__).__name__})")
            raise failure from exc
        except anthropic.AnthropicError as exc:
            raise translated(exc, self.model) from exc
        except httpx2.InvalidURL as exc:
            raise ModelFailed(ModelFault.CONFIGURATION, f"{self.model}: the base URL is not one") from exc
        except UnicodeEncodeError as exc:
            raise ModelFailed(ModelFault.REQUEST, f"{self.model}: the prompt cannot be sent as UTF-8") from exc
        return reply.http_response.content, reply.request_id

    def _output_config(self, request: WritingRequest) -> "OutputConfigParam":
        config: OutputConfigParam = {"format": {"type": "json_schema", "schema": dict(request.schema)}}
        if not self._name.startswith(WITHOUT_EFFORT):
            config["effort"] = request.effort
        return config

    def _connect(self) -> "AsyncAnthropic":
        import anthropic
        import httpx2

        limits = httpx2.Limits(keepalive_expiry=KEEPALIVE.total_seconds())
        return anthropic.AsyncAnthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=0,
            open_telemetry=False,
            http_client=anthropic.DefaultAsyncHttpxClient(follow_redirects=False, limits=limits),
        )


@cache
def load() -> None:
    """Import the package and, by making a client of no use, what it would only import with its first one."""
    import anthropic

    anthropic.DefaultAsyncHttpxClient()


def message_of(turn: Turn) -> "MessageParam":
    if turn.role == "assistant":
        return {"role": "assistant", "content": turn.text}
    if not turn.prefix:
        return {"role": "user", "content": turn.text}
    # One schedule's runs and a batch's items have the prefix in common.
    prefix: TextBlockParam = {"type": "text", "text": f"{turn.prefix}\n\n", "cache_control": {"type": "ephemeral"}}
    return {"role": "user", "content": [prefix, {"type": "text", "text": turn.text}]}


def translated(exc: "AnthropicError", model: str) -> ModelFailed:
    """The one seam where the package's errors become ours. Anthropic's own wording stays outside: it may quote us."""
    import anthropic
    import httpx2

    if isinstance(exc, anthropic.APIStatusError):
        code = f" {exc.error_code}" if exc.error_code else ""
        message = f"{model}: status {exc.status_code} {exc.type or 'without a type'}{code}"
        details = {"request_id": exc.request_id}
        is_ours = exc.error_code in CONFIGURATION_CODES
        fault = ModelFault.CONFIGURATION if is_ours else fault_of(exc.status_code)
        retry_after = read_retry_after(exc.response.headers)
        return ModelFailed(fault, message, retry_after=retry_after, details=details)
    if isinstance(exc, anthropic.APIConnectionError | anthropic.RetryableError):
        # A key with a line break, a URL that is not http: the connection is not to blame.
        is_ours = isinstance(exc.__cause__, httpx2.LocalProtocolError | httpx2.UnsupportedProtocol)
        cause = f" ({type(exc.__cause__).__name__})" if exc.__cause__ else ""
        fault = ModelFault.CONFIGURATION if is_ours else ModelFault.TRANSIENT
        unsent = isinstance(exc.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
        return ModelFailed(fault, f"{model}: no connection{cause}", details={"unsent": True} if unsent else None)
    if isinstance(exc, anthropic.APIError):
        return ModelFailed(ModelFault.UNUSABLE, f"{model}: {type(exc).__name__}")
    # Credentials, options, installation: nothing that another try would change.
    return ModelFailed(ModelFault.CONFIGURATION, f"{model}: {type(exc).__name__}")


def read_answer(call: Call, body: bytes, request_id: str | None) -> WritingAnswer:
    """Why it stopped comes first: a refusal and a cut answer are ordinary 200s. Raises ModelFailed."""
    try:
        message = json.loads(body)
        usage = read_usage(message["usage"])
        stop_reason = message["stop_reason"]
        text = "".join(block["text"] for block in message["content"] if block["type"] == "text")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise call.may_have_cost(ModelFault.UNUSABLE, "answered something else than a message", request_id) from exc
    if stop_reason == "refusal":
        why = f"declined to write this ({refusal_category(message)})"
        raise call.failed(ModelFault.REFUSED, why, usage, request_id)
    if stop_reason not in ("end_turn", "stop_sequence"):
        raise call.failed(ModelFault.UNUSABLE, f"stopped early: {stop_reason}", usage, request_id)
    return call.answered(text, usage, request_id, stop_reason)


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """The tokens of a call; kinds that were not used may be missing or null. Raises ValueError for a nonsense count."""

    return Usage(
        fresh_in=read_count(usage, "input_tokens"),
        cache_written=read_count(usage, "cache_creation_input_tokens"),
        cache_read=read_count(usage, "cache_read_input_tokens"),
        out=read_count(usage, "output_tokens"),
    )


def refusal_category(message: Mapping[str, Any]) -> str:
    """Anthropic's word for why it declined, e.g. `cyber`; `no category` when it gives none."""
    stop_details = message.get("stop_details")
    category = stop_details.get("category") if isinstance(stop_details, Mapping) else None
    return str(category or "no category")[:40]
