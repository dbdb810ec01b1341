"""HTTP servers inside the running event loop, and the trouble that a line to one of them can have."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

# How long a stopping server waits for requests in flight before it cancels them.
GRACE_SECONDS = 5


class PortInUse(OSError):
    """Somebody else listens there; the message names the port."""


def listen(port: int = 0) -> socket.socket:
    """A listening socket on loopback, so that the address is known before the server starts; 0 picks a free port.

    Raises PortInUse, or OSError when there is no permission for the port.
    """
    # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms for an acknowledgement.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
    except OSError as exc:
        sock.close()
        if exc.errno == errno.EADDRINUSE:
            raise PortInUse(f"port {port} is in use on this machine") from exc
        raise
    return sock


def url_of(sock: socket.socket) -> str:
    return f"http://127.0.0.1:{sock.getsockname()[1]}"


@asynccontextmanager
async def serving(app: ASGIApp, sock: socket.socket) -> AsyncIterator[None]:
    """Serve an application, lifespan included, while the block runs. Raises RuntimeError if it cannot start."""
    config = uvicorn.Config(
        app,
        http=AbortableProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        date_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = QuietServer(config)
    running = asyncio.create_task(server.serve(sockets=[sock]))
    holds: object = app
    try:
        while not server.started:
            if running.done():
                await running
                raise RuntimeError(f"{url_of(sock)} did not start")
            await asyncio.sleep(0.005)
        yield
    finally:
        if isinstance(holds, Releasing):
            holds.release()
        server.stop()
        await running
        sock.close()


@runtime_checkable
class Releasing(Protocol):
    """An application that may hold requests which nobody answers."""

    def release(self) -> None:
        """Let go of the requests that hang: the server is stopping."""
        ...


class QuietServer(uvicorn.Server):
    """Leaves signals to whoever owns the event loop, and stops at once when told to, without polling."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._stopping.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class AbortableProtocol(H11Protocol):
    """Hands the connection to the application, so that it can be cut without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Trouble(StrEnum):
    """What is wrong with the way to a service."""

    NONE = "none"  # all is well
    CUT = "cut"  # connections are dropped without an answer
    HANGING = "hanging"  # requests are taken and never answered
    FAILING = "failing"  # whatever stands in front answers 503


@dataclass
class Line:
    """The way to a service. Wraps its application; the trouble may be changed at any moment."""

    app: ASGIApp
    trouble: Trouble = Trouble.NONE
    latency: timedelta = timedelta(0)
    requests: int = 0
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        self._released.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        self.requests += 1
        if self.latency:
            await asyncio.sleep(self.latency.total_seconds())
        match self.trouble:
            case Trouble.CUT:
                cut(scope)
            case Trouble.HANGING:
                await self._hang(receive)
                cut(scope)
            case Trouble.FAILING:
                await _answer_503(send)
            case Trouble.NONE:
                await self.app(scope, receive, send)
        return None

    async def _hang(self, receive: Receive) -> None:
        """Until the caller hangs up, or the server stops."""
        ends = {asyncio.create_task(until_given_up(receive)), asyncio.create_task(self._released.wait())}
        _, waiting = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()


def cut(scope: Scope) -> None:
    """Drop the connection without an answer. Without a real one (in-process calls) raises ConnectionResetError."""
    transport: Any = scope.get("state", {}).get("transport")
    if transport is None:
        raise ConnectionResetError("the line was cut")
    transport.abort()


async def until_given_up(receive: Receive) -> bool:
    """Wait until the caller hangs up."""
    message: Message = {"type": "http.request"}
    while message["type"] != "http.disconnect":
        message = await receive()
    return True


async def _answer_503(send: Send) -> None:
    headers = [(b"content-type", b"text/html")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b"<html><body>Service Unavailable</body></html>"})
