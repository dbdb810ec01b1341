"""Commands to Redis over Upstash's REST API (upstash.com/docs/redis/features/restapi).

The standard library's client in a thread takes a third of the CPU time of the ones we have for asyncio, and a router
that asks before and after each call of a model should cost next to nothing. It knows no event loop, either.
"""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from lib.errors import Unavailable

if TYPE_CHECKING:
    from http.client import HTTPConnection
    from ssl import SSLContext

MOST_IDLE = 8  # connections kept for the next commands


class Connection:
    """A few kept-alive connections. Without a URL every command is Unavailable."""

    def __init__(self, url: str | None, token: str | None) -> None:
        self._url: SplitResult | None = urlsplit(url) if url else None
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._idle: list[HTTPConnection] = []

    @property
    def is_configured(self) -> bool:
        return self._url is not None

    async def execute(self, *command: str | int, within: timedelta) -> Any:
        """Redis's reply as JSON has it. Raises Unavailable; the command may have been carried out all the same."""
        from http.client import HTTPException

        if self._url is None:
            raise Unavailable("redis", "not configured")
        seconds = within.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                reply = await asyncio.to_thread(
                    self._send, self._url, json.dumps(command).encode(), seconds, self._idle
                )
        except (OSError, HTTPException, ValueError) as exc:
            raise Unavailable("redis", type(exc).__name__) from exc
        if not isinstance(reply, dict) or "result" not in reply:
            raise Unavailable("redis", "refused the command")
        return reply["result"]

    def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _send(self, url: SplitResult, body: bytes, seconds: float, idle: "list[HTTPConnection]") -> Any:
        """In a thread. `seconds` bound each step of the way; a step that is under way cannot be called back."""
        with suppress(IndexError, ConnectionError):  # none there, or closed while it lay idle
            connection = idle.pop()
            connection.sock.settimeout(seconds)
            return self._ask(connection, url, body, idle)
        return self._ask(connect(url, seconds), url, body, idle)

    def _ask(self, connection: "HTTPConnection", url: SplitResult, body: bytes, idle: "list[HTTPConnection]") -> Any:
        is_kept = False
        try:
            connection.request("POST", url.path or "/", body, self._headers)
            reply = json.loads(connection.getresponse().read())
            is_open = connection.sock is not None  # http.client closes it when the server says so
            is_kept = is_open and idle is self._idle and len(idle) < MOST_IDLE  # not when we were closed meanwhile
        finally:
            if is_kept:
                idle.append(connection)
            else:
                connection.close()
        return reply


def connect(url: SplitResult, seconds: float) -> "HTTPConnection":
    """Opens with its first request."""
    from http.client import HTTPConnection, HTTPSConnection

    host = url.hostname or ""
    if url.scheme == "http":
        return HTTPConnection(host, url.port, timeout=seconds)
    return HTTPSConnection(host, url.port, timeout=seconds, context=trusted())


@cache
def trusted() -> "SSLContext":
    """The certificates that httpx trusts: a host's bundled Python may not find the system's."""
    import httpx

    return httpx.create_ssl_context()
