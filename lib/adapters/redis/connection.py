"""Commands to Redis over Upstash's REST API (upstash.com/docs/redis/features/restapi).

The standard library's client in a thread takes a third of the CPU time of the ones we have for asyncio, and a router
that asks before and after each call of a model should cost next to nothing. It knows no event loop, either.
"""

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from lib.errors import Unavailable

if TYPE_CHECKING:
    from http.client import HTTPConnection

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
                reply = await asyncio.to_thread(self._send, self._url, json.dumps(command).encode(), seconds)
            return reply["result"]
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as exc:
            raise Unavailable("redis", type(exc).__name__) from exc

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _send(self, url: SplitResult, body: bytes, seconds: float) -> Any:
        """In a thread. Lists are safe to share between threads: each connection is in the hands of one at a time."""
        while self._idle:
            connection = self._idle.pop()
            try:
                return self._ask(connection, url, body)
            except ConnectionError:  # closed while it lay idle, http.client's RemoteDisconnected among them
                connection.close()
        return self._ask(connect(url, seconds), url, body)

    def _ask(self, connection: "HTTPConnection", url: SplitResult, body: bytes) -> Any:
        try:
            connection.request("POST", url.path or "/", body, self._headers)
            answer = connection.getresponse()
            reply = json.loads(answer.read())
        except BaseException:
            connection.close()
            raise
        if len(self._idle) < MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        return reply


def connect(url: SplitResult, seconds: float) -> "HTTPConnection":
    """Opens with its first request; `seconds` bound each step of a request."""
    from http.client import HTTPConnection, HTTPSConnection

    host = url.hostname or ""
    if url.scheme == "http":
        return HTTPConnection(host, url.port, timeout=seconds)
    import httpx

    # Its certificates, not the host's: a bundled Python may not find those.
    return HTTPSConnection(host, url.port, timeout=seconds, context=httpx.create_ssl_context())
