"""Commands to Redis over Upstash's REST API (upstash.com/docs/redis/features/restapi).

A router that asks before and after each call of a model should cost next to nothing: h11 straight on asyncio's streams
takes a third of the CPU time of the clients that are made for everything.
"""

import asyncio
import json
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from lib.errors import Unavailable
from lib.loops import PerLoop

if TYPE_CHECKING:
    from ssl import SSLContext

MOST_IDLE = 8  # wires kept for the next commands
CHUNK = 65_536


class Connection:
    """A few kept-alive wires in each event loop. Without a URL every command is Unavailable."""

    def __init__(self, url: str | None, token: str | None) -> None:
        self._url: SplitResult | None = urlsplit(url) if url else None
        self._token = token or ""
        self._idle: PerLoop[list[Wire]] = PerLoop(list, close_all)

    @property
    def is_configured(self) -> bool:
        return self._url is not None

    async def execute(self, *command: str | int, within: timedelta) -> Any:
        """Redis's reply as JSON has it. Raises Unavailable; the command may have been carried out all the same."""
        from h11 import ProtocolError

        if self._url is None:
            raise Unavailable("redis", "not configured")
        try:
            async with asyncio.timeout(within.total_seconds()):
                reply = json.loads(await self._post(self._url, json.dumps(command).encode()))
        except (OSError, ProtocolError, ValueError) as exc:
            raise Unavailable("redis", type(exc).__name__) from exc
        if not isinstance(reply, dict) or "result" not in reply:
            raise Unavailable("redis", "refused the command")
        return reply["result"]

    async def close(self) -> None:
        await self._idle.close()

    async def _post(self, url: SplitResult, body: bytes) -> bytes:
        idle = self._idle.get()
        while idle:
            try:
                return await self._exchange(idle.pop(), url, body)
            except ConnectionError:  # it was closed while it lay idle
                continue
        return await self._exchange(await open_wire(url), url, body)

    async def _exchange(self, wire: "Wire", url: SplitResult, body: bytes) -> bytes:
        is_kept = False
        try:
            answer = await wire.post(url, self._token, body)
            is_kept = wire.begin_anew()
        finally:
            idle = self._idle.get()
            if is_kept and len(idle) < MOST_IDLE:
                idle.append(wire)
            else:
                wire.close()
        return answer


class Wire:
    """One HTTP/1.1 connection, one exchange at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from h11 import CLIENT
        from h11 import Connection as Protocol

        self._reader, self._writer = reader, writer
        self._protocol = Protocol(CLIENT)

    async def post(self, url: SplitResult, token: str, body: bytes) -> bytes:
        """The answer's body, whatever its status. Raises ConnectionError when the other side has gone."""
        from h11 import NEED_DATA, Data, EndOfMessage, Request

        headers = [
            ("Host", url.netloc),
            ("Authorization", f"Bearer {token}"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
        ]
        request = Request(method="POST", target=url.path or "/", headers=headers)
        said = (request, Data(data=body), EndOfMessage())
        self._writer.write(b"".join(self._protocol.send(event) or b"" for event in said))
        answer = bytearray()
        while not isinstance(event := self._protocol.next_event(), EndOfMessage):
            if event is NEED_DATA:
                self._protocol.receive_data(await self._read())
            elif isinstance(event, Data):
                answer += event.data
        return bytes(answer)

    def begin_anew(self) -> bool:
        """Be ready for the next exchange, unless either side wants to close."""
        from h11 import DONE

        is_reusable = self._protocol.our_state is DONE and self._protocol.their_state is DONE
        if is_reusable:
            self._protocol.start_next_cycle()
        return is_reusable

    def close(self) -> None:
        self._writer.transport.abort()

    async def _read(self) -> bytes:
        read = await self._reader.read(CHUNK)
        if not read:
            raise ConnectionResetError("closed by the other side")
        return read


async def open_wire(url: SplitResult) -> Wire:
    is_secure = url.scheme == "https"
    port = url.port or (443 if is_secure else 80)
    return Wire(*await asyncio.open_connection(url.hostname, port, ssl=trusted() if is_secure else None))


async def close_all(wires: list[Wire]) -> None:
    for wire in wires:
        wire.close()


@cache
def trusted() -> "SSLContext":
    """The certificates that httpx trusts: a host's bundled Python may not find the system's."""
    import httpx

    return httpx.create_ssl_context()
