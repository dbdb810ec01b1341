"""Upstash Redis as its REST API shows it (upstash.com/docs/redis/features/restapi), over an in-memory fakeredis.

Keys live and die by the stack's clock. Everything is lost with the process, as Redis may be.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from hmac import compare_digest
from typing import Any

import redis
from fakeredis import FakeServer
from fakeredis._core import Database
from fakeredis._helpers import SimpleError, SimpleString
from fakeredis._socket import FakeSocket
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.clock import StackClock

type Argument = str | int | float

# They need a connection of their own, which a REST call does not have.
NOT_OVER_REST = frozenset(
    {
        *("blpop", "brpop", "brpoplpush", "blmove", "blmpop", "bzpopmin", "bzpopmax", "bzmpop", "wait", "monitor"),
        *("subscribe", "psubscribe", "ssubscribe", "unsubscribe", "multi", "exec", "watch", "unwatch", "discard"),
        *("client", "hello", "auth", "select", "quit", "reset", "shutdown"),
    }
)


class Refused(Exception):
    """A request that is answered `{"error": …}`."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


class Redis:
    """The data, commands upon it, and the REST API as `app`."""

    def __init__(self, clock: StackClock, token: str) -> None:
        self._clock = clock
        self._token = token
        self.flush()
        self.app = Starlette(
            routes=[
                Route("/pipeline", self._door(self._pipeline), methods=["POST"]),
                Route("/multi-exec", self._door(self._transaction), methods=["POST"]),
                Route("/", self._door(self._one), methods=["POST"]),
                Route("/{path:path}", self._door(self._by_path), methods=["GET", "POST", "PUT"]),
            ]
        )

    def flush(self) -> None:
        """Lose everything: keys, and scripts too."""
        server = FakeServer(version=(7,))
        server.dbs = defaultdict(lambda: ClockedDatabase(server.lock, self._clock))
        self._connection = Connection(server, self._clock)

    def execute(self, *command: Argument) -> Any:
        """Run a command: texts come as bytes, statuses as SimpleString. Raises Refused with Redis's own words."""
        reply = self._connection.run(command)
        if isinstance(reply, SimpleError):
            raise Refused(reply.value)
        return reply

    async def _one(self, request: Request) -> object:
        return {"result": _encoded(self.execute(*_command(await _json(request))), request)}

    async def _by_path(self, request: Request) -> object:
        """`/set/key/value?EX=10`; the body of a POST is one more argument."""
        command = [part for part in request.path_params["path"].split("/") if part]
        if request.method != "GET" and (body := await request.body()):
            command.append(body.decode())
        query = [pair for pair in request.query_params.multi_items() if pair[0] != "_token"]
        command += [text for pair in query for text in pair if text]
        return {"result": _encoded(self.execute(*_command(command)), request)}

    async def _pipeline(self, request: Request) -> object:
        return [self._settled(command, request) for command in _commands(await _json(request))]

    async def _transaction(self, request: Request) -> object:
        commands = [_command(it) for it in _commands(await _json(request))]
        self._connection.run(["MULTI"])
        for command in commands:
            self._connection.run(command)
        replies = self.execute("EXEC")
        return [_outcome(reply, request) for reply in replies]

    def _settled(self, command: object, request: Request) -> object:
        try:
            return _outcome(self.execute(*_command(command)), request)
        except Refused as refused:
            return {"error": refused.error}

    def _door(self, answer: Callable[[Request], Awaitable[object]]) -> Callable[[Request], Awaitable[Response]]:
        async def door(request: Request) -> Response:
            try:
                self._require_token(request)
                return JSONResponse(await answer(request), headers={"Upstash-Sync-Token": "local"})
            except Refused as refused:
                return JSONResponse({"error": refused.error}, refused.status)

        return door

    def _require_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else request.query_params.get("_token", "")
        if not compare_digest(given.encode(), self._token.encode()):
            raise Refused("WRONGPASS invalid or missing auth token", 401)


class ClockedDatabase(Database):
    """Keys that expire by the stack's clock: fakeredis's own idea of the time is not taken."""

    def __init__(self, lock: Any, clock: StackClock) -> None:
        self._clock = clock
        super().__init__(lock)

    @property
    def time(self) -> float:
        return self._clock.now().timestamp()

    @time.setter
    def time(self, _: float) -> None:
        pass


class Connection(FakeSocket):
    """One connection without a wire: commands go in as fields, and replies come out undecoded."""

    def __init__(self, server: FakeServer, clock: StackClock) -> None:
        self._clock = clock
        self._reply: Any = None
        super().__init__(server, 0, client_class=redis.Redis, client_info={"resp": 2})

    def run(self, command: Sequence[Argument]) -> Any:
        """The reply; a refusal is a SimpleError."""
        self._process_command([_bytes(argument) for argument in command])
        return self._reply

    def put_response(self, msg: Any) -> None:
        self._reply = msg

    def _decode_result(self, result: Any) -> Any:
        return result

    def time(self) -> list[bytes]:
        """TIME, in scripts too."""
        micros = round(self._clock.now().timestamp() * 1_000_000)
        return [str(micros // 1_000_000).encode(), str(micros % 1_000_000).encode()]


def _bytes(argument: Argument) -> bytes:
    return str(argument).encode()


async def _json(request: Request) -> object:
    try:
        return json.loads(await request.body())
    except ValueError as exc:
        raise Refused("ERR failed to parse JSON body") from exc


def _commands(body: object) -> list[object]:
    if not isinstance(body, list):
        raise Refused("ERR failed to parse pipeline request, expected an array of commands")
    return body


def _command(given: object) -> list[Argument]:
    """Texts and numbers as they are; truth values as `true` and `false`."""
    if not isinstance(given, list) or not given:
        raise Refused("ERR failed to parse command, expected a non-empty array")
    if any(not isinstance(it, str | int | float) for it in given):
        raise Refused("ERR failed to parse command, expected texts and numbers")
    if str(given[0]).lower() in NOT_OVER_REST:
        raise Refused(f"ERR Command is not available: '{given[0]}'")
    return [str(it).lower() if isinstance(it, bool) else it for it in given]


def _outcome(reply: object, request: Request) -> dict[str, object]:
    if isinstance(reply, SimpleError):
        return {"error": reply.value}
    return {"result": _encoded(reply, request)}


def _encoded(reply: object, request: Request) -> object:
    """A reply as JSON; all texts but the status OK are base64 when the caller asks so."""
    wants_base64 = request.headers.get("upstash-encoding") == "base64"
    match reply:
        case SimpleString(value=b"OK"):
            return "OK"
        case SimpleString(value=value) | (bytes() as value):
            return base64.b64encode(value).decode() if wants_base64 else value.decode(errors="replace")
        case SimpleError(value=text):
            return text
        case list():
            return [_encoded(it, request) for it in reply]
    return reply
