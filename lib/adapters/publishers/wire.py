"""One call to a platform: its reply, or a PublishFailed that says what may be done next.

One try, no redirects, one deadline for all of it. What matters is whether anything may have been made: as long as the
connection was not there, nothing was sent (UNSENT); from the first byte on nobody knows, until a whole reply has come
(UNKNOWN). Bodies are never logged, and exceptions neither carry what was sent nor what caused them.
"""

import asyncio
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.adapters.publishers.markdown import is_web_link
from lib.adapters.publishers.waits import date_of, read_retry_after
from lib.errors import PublishFailed, PublishFault

if TYPE_CHECKING:
    import httpx

    type Connect = Callable[[], httpx.AsyncClient]

MOST_BYTES = 1_000_000  # of a reply, unpacked; more is never needed
LONGEST_TOLD = 1_000  # of a platform's own words
LONGEST_ID, LONGEST_TOKEN, LONGEST_LINK = 400, 16_000, 2_000
PACKED = ("gzip", "x-gzip", "deflate")
CONNECT_TIMEOUT = timedelta(seconds=5)
SHORTEST_SECRET = 6  # shorter ones are words that may stand anywhere


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of a platform. `creates`: something may have been made although no reply came.

    `secrets` are kept out of what the platform's own words become.
    """

    platform: str
    method: str
    url: str = field(repr=False)  # a webhook's is its secret
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    creates: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def failed(
        self, fault: PublishFault, why: str, reason: str = "", retry_after: timedelta | None = None, **details: object
    ) -> PublishFailed:
        """`why` is ours, `reason` the platform's. What may only have been read is never UNKNOWN."""
        if fault is PublishFault.UNKNOWN and not self.creates:
            fault = PublishFault.UNSENT
        message = f"{self.platform}: {why}"
        return PublishFailed(
            fault, message, reason=self._told(reason), retry_after=retry_after, details=details or None
        )

    def _told(self, reason: str) -> str:
        """One line, not too long, with nothing in it that proves us."""
        for secret in sorted(filter(lambda it: len(it) >= SHORTEST_SECRET, self.secrets), key=len, reverse=True):
            reason = reason.replace(secret, "…")
        line = " ".join("".join(char if char.isprintable() else " " for char in reason).split())
        return line if len(line) <= LONGEST_TOLD else f"{line[: LONGEST_TOLD - 1]}…"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a platform answered; header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def said(self) -> Mapping[str, Any]:
        """The JSON object of the body; empty when it is none."""
        whole = self.json
        return whole if isinstance(whole, dict) else {}

    @property
    def json(self) -> Any:
        """The body's JSON; none when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a platform says about a call that it did not take, where its status alone does not tell."""

    reason: str = ""  # in its own words
    fault: PublishFault | None = None
    retry_after: timedelta | None = None
    details: Mapping[str, object] = field(default_factory=dict)


def json_call(platform: str, method: str, url: str, body: Any, **given: Any) -> Call:
    """A call with a JSON body."""
    headers = {"content-type": "application/json", **given.pop("headers", {})}
    return Call(platform, method, url, headers=headers, content=json.dumps(body).encode(), **given)


def words_in(said: Mapping[str, Any], name: str) -> str:
    """The text under this name. Empty for anything else: of what somebody nests there nothing is shown."""
    value = said.get(name)
    return value if isinstance(value, str) else ""


def is_id(value: object, longest: int = LONGEST_ID) -> bool:
    """Whether a platform's id, name or token can be kept, and said again: some characters, all to be seen."""
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def link_in(value: object) -> str | None:
    """An address that a person may be shown, if it is one."""
    return str(value) if is_id(value, LONGEST_LINK) and is_web_link(str(value)) else None


class Deadline:
    """For several calls together."""

    def __init__(self, within: timedelta) -> None:
        self._ends = asyncio.get_running_loop().time() + within.total_seconds()

    @property
    def left(self) -> timedelta:
        return timedelta(seconds=self._ends - asyncio.get_running_loop().time())


async def ask(
    http: "httpx.AsyncClient",
    call: Call,
    *,
    within: timedelta,
    now: datetime | None = None,
    read_complaint: Callable[[Reply, datetime], Complaint] = lambda reply, now: Complaint(),
) -> Reply:
    """The reply, if it is a 2xx. Raises PublishFailed with any fault but UNFIT.

    What a platform says about time is measured against `now`; where the caller has none, against the reply's `Date`.
    """
    reply = await _exchange(http, call, within)
    if isinstance(reply, PublishFailed):
        raise reply  # here, where no other exception is its context
    if reply.is_success:
        return reply
    now = now or date_of(reply.headers)
    complaint = read_complaint(reply, now)
    raise call.failed(
        complaint.fault or fault_of(reply.status),
        f"answered with status {reply.status}",
        complaint.reason,
        complaint.retry_after if complaint.retry_after is not None else read_retry_after(reply.headers, now),
        status=reply.status,
        **complaint.details,
    )


def fault_of(status: int) -> PublishFault:
    """By HTTP's own classes. 4xx: it was looked at, and nothing was made. A gateway's 5xx says nothing of what became
    of it behind there."""
    if status == 429:
        return PublishFault.THROTTLED
    if status == 401:
        return PublishFault.UNAUTHORIZED
    if status in (421, 425):
        return PublishFault.UNSENT
    if status == 408 or status >= 500 or status < 300:
        return PublishFault.UNKNOWN
    return PublishFault.REFUSED


class _Progress:
    """How far a call has got, told by httpcore."""

    def __init__(self) -> None:
        self.is_connecting = False

    async def __call__(self, event: str, _: Mapping[str, Any]) -> None:
        self.is_connecting = event.startswith("connection.")


async def _exchange(http: "httpx.AsyncClient", call: Call, within: timedelta) -> Reply | PublishFailed:
    import httpx

    if within <= timedelta(0):
        return call.failed(PublishFault.UNSENT, "no time was left")
    progress = _Progress()
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await _send(http, call, within, progress)
    except (httpx.LocalProtocolError, UnicodeError) as exc:
        # A token with a line break or a letter that no header may have. What httpx says of it quotes it.
        return call.failed(PublishFault.UNAUTHORIZED, f"the credentials cannot be sent ({type(exc).__name__})")
    except (
        *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError),
        *(httpx.UnsupportedProtocol, httpx.InvalidURL),
    ) as exc:
        return call.failed(PublishFault.UNSENT, f"no connection ({type(exc).__name__})")
    except (httpx.HTTPError, OSError) as exc:
        fault = PublishFault.UNSENT if progress.is_connecting else PublishFault.UNKNOWN
        return call.failed(fault, f"no whole answer ({type(exc).__name__})")


async def _send(http: "httpx.AsyncClient", call: Call, within: timedelta, progress: _Progress) -> Reply:
    import httpx

    # A connection that another call has left may be closed by now, which shows only after sending: never a used one.
    headers = {"connection": "close", "accept-encoding": "identity", **call.headers}
    timeout = httpx.Timeout(within.total_seconds(), connect=connect_timeout(within), pool=connect_timeout(within))
    async with http.stream(
        call.method,
        call.url,
        headers=headers,
        params=dict(call.params) or None,
        content=call.content,
        timeout=timeout,
        extensions={"trace": progress},
        follow_redirects=False,
    ) as reply:
        body = bytearray()
        async for chunk in reply.aiter_raw():
            body += chunk
            if len(body) > MOST_BYTES:
                raise httpx.ReadError("the reply is too long")
        said = {name.lower(): value for name, value in reply.headers.items()}
        return Reply(reply.status_code, said, unpacked(bytes(body), said.get("content-encoding", "")))


def unpacked(body: bytes, encoding: str) -> bytes:
    """Some servers pack a reply although nobody asked for it. Unpacked here and not by httpx, which would make a
    gigabyte of a few packets; what is packed twice, or grows too large, is nothing that can be read."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    try:
        whole = zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(body, MOST_BYTES + 1) if encoding in PACKED else b""
    except zlib.error:
        return b""
    return whole if len(whole) <= MOST_BYTES else b""


def connect_timeout(within: timedelta) -> float:
    """Seconds. Waiting for a place, dialling and TLS have it one after the other, and fit into the deadline together:
    that one would not close a connection that is half open."""
    return min(CONNECT_TIMEOUT, within / 3).total_seconds()
