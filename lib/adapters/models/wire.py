"""A call over our own httpx, for vendors whose package we do without. One try, no redirects."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lib.adapters.models.call import Call
from lib.adapters.models.faults import fault_of, read_retry_after
from lib.errors import ModelFailed, ModelFault

if TYPE_CHECKING:
    import httpx

    Connect = Callable[[], httpx.AsyncClient]

MOST_TOKENS = 10_000_000  # of one call: beyond any model, and a slip of one server must not use a month's money up
CONNECT_TIMEOUT = timedelta(seconds=5)
_CODE = re.compile(r"[\w.-]{1,60}")


@dataclass(frozen=True, slots=True)
class Reply:
    """A vendor's answer to a call that it took."""

    said: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a vendor says about a call that it did not take: its own stable word, and what that word changes."""

    code: str = ""
    fault: ModelFault | None = None  # where the status alone would mislead
    retry_after: timedelta | None = None  # where it is not in the headers


async def post(
    call: Call,
    http: "httpx.AsyncClient",
    url: str,
    *,
    headers: Mapping[str, str],
    body: Mapping[str, Any],
    within: timedelta,
    read_complaint: Callable[[int, Mapping[str, Any]], Complaint],
) -> Reply:
    """The vendor's reply. Raises ModelFailed, never with the vendor's own wording: it may quote us."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            reply = await _send(call, http, url, headers, body, within)
    except TimeoutError as exc:
        raise call.may_have_cost(ModelFault.TRANSIENT, f"no answer within {within}") from exc
    said = _object(reply.content)
    if not reply.is_success:
        complaint = read_complaint(reply.status_code, said or {})
        wait = complaint.retry_after
        code = complaint.code if _CODE.fullmatch(complaint.code) else "without a code"
        raise ModelFailed(
            complaint.fault or fault_of(reply.status_code),
            f"{call.model}: status {reply.status_code} {code}",
            retry_after=read_retry_after(reply.headers) if wait is None else wait,
            details={"request_id": request_id_of(reply.headers)},
        )
    if said is None:
        what = "answered something else than JSON"
        raise call.may_have_cost(ModelFault.UNUSABLE, what, request_id_of(reply.headers))
    return Reply(said, reply.headers)


async def _send(
    call: Call,
    http: "httpx.AsyncClient",
    url: str,
    headers: Mapping[str, str],
    body: Mapping[str, Any],
    within: timedelta,
) -> "httpx.Response":
    import httpx

    try:
        content = json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError as exc:
        raise ModelFailed(ModelFault.REQUEST, f"{call.model}: the prompt cannot be sent as UTF-8") from exc
    # httpx's timeouts are per operation; the total is the caller's.
    timeout = httpx.Timeout(within.total_seconds(), connect=CONNECT_TIMEOUT.total_seconds())
    try:
        return await http.post(
            url, content=content, headers={"content-type": "application/json", **headers}, timeout=timeout
        )
    except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeEncodeError) as exc:
        # A key with a line break or a letter from elsewhere, a URL that is none.
        why = f"{call.model}: the key or the base URL cannot be used ({type(exc).__name__})"
        raise ModelFailed(ModelFault.CONFIGURATION, why) from exc
    except (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.DecodingError) as exc:
        # All was sent, so the work may have been done and paid for.
        raise call.may_have_cost(ModelFault.TRANSIENT, f"no answer ({type(exc).__name__})") from exc
    except httpx.RequestError as exc:
        is_unsent = isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        why = f"{call.model}: no connection ({type(exc).__name__})"
        raise ModelFailed(ModelFault.TRANSIENT, why, details={"unsent": True} if is_unsent else None) from exc


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """By which the vendor's support finds the call."""
    return headers.get("x-request-id")


def read_count(counts: Mapping[str, Any], name: str) -> int:
    """A number of tokens; kinds that were not used may be missing or null. Raises ValueError for a nonsense count."""
    value = counts.get(name) or 0
    if not isinstance(value, int) or not 0 <= value <= MOST_TOKENS:
        raise ValueError(f"{name} is not a count")
    return value


def _object(content: bytes) -> Mapping[str, Any] | None:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
