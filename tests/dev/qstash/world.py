"""A stand-in on a virtual clock, a destination that answers as told and remembers its calls, and a publisher."""

import asyncio
import base64
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dev.clock import VirtualClock
from dev.qstash import DEV_TOKEN, Delivery, QStash, create_qstash

APP = "https://app.example"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday

type Answer = int | tuple[int, Mapping[str, str], str] | Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class Call:
    """One request that reached the destination; `target` is its raw path and query."""

    at: datetime
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Destination:
    """An app under APP. `answers` by path, in order; 200 when there are none left."""

    clock: VirtualClock
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    open: int = 0
    most_open: int = 0
    called: asyncio.Event = field(default_factory=asyncio.Event)

    def will_answer(self, path: str, *answers: Answer) -> None:
        self.answers[path] += answers

    def at(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.target.partition("?")[0] == path]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        target = scope["raw_path"].decode() + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
        body = await request.body()
        self.calls.append(Call(self.clock.now(), request.method, target, dict(request.headers), body))
        self.called.set()
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        await asyncio.sleep(0)  # whoever may run beside this call gets the chance to
        answers = self.answers[scope["path"]]
        answer = answers.pop(0) if answers else 200
        status, headers, text = await _read(answer)
        self.open -= 1
        await Response(text, status, dict(headers))(scope, receive, send)


async def _read(answer: Answer) -> tuple[int, Mapping[str, str], str]:
    if isinstance(answer, tuple):
        return answer
    return (answer if isinstance(answer, int) else await answer()), {}, ""


class World:
    """Everything a test needs; `make` gives another stand-in on the same clock and destination."""

    def __init__(self) -> None:
        self.clock = VirtualClock(START)
        self.destination = Destination(self.clock)
        self.http = httpx.AsyncClient(mounts={APP: httpx.ASGITransport(self.destination)})
        self.qstash = create_qstash(self.clock.now, http=self.http, spend=self.clock.spend)

    def use(self, **options: Any) -> QStash:
        """Replace the stand-in by one with other options."""
        self.qstash = create_qstash(self.clock.now, http=self.http, spend=self.clock.spend, **options)
        return self.qstash

    async def call(self, method: str, path: str, token: str = DEV_TOKEN, **options: Any) -> httpx.Response:
        """A request to QStash's API. The path goes out as it stands, not as httpx would tidy it."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.qstash.app)) as client:
            request = client.build_request(method, "http://qstash.test", **options)
            request.headers["Authorization"] = f"Bearer {token}"
            query = request.url.query
            request.url = request.url.copy_with(raw_path=path.encode() + (b"?" + query if query else b""))
            return await client.send(request)

    async def publish(self, path: str = "/work", body: str = "", **headers: str) -> httpx.Response:
        """Publish to the destination; `retry_delay="1000"` is the header Upstash-Retry-Delay."""
        named = {f"Upstash-{name.replace('_', '-')}": value for name, value in headers.items()}
        return await self.call("POST", f"/v2/publish/{APP}{path}", content=body, headers=named)

    async def publish_id(self, path: str = "/work", body: str = "", **headers: str) -> str:
        answer = await self.publish(path, body, **headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["messageId"])

    async def get(self, path: str, **query: str) -> Any:
        answer = await self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def pass_time(self, duration: timedelta = timedelta(days=30)) -> list[Delivery]:
        """Let virtual time pass, event by event; an empty calendar does not need it to pass at all."""
        end = self.clock.now() + duration
        done: list[Delivery] = []
        while (at := self.qstash.next_due_at()) is not None and at <= end:
            self.clock.advance(to=at)
            done += await self.qstash.run_due()
        return done

    def since_start(self, path: str = "/work") -> list[float]:
        """Seconds after START at which the destination was called."""
        return [(call.at - START).total_seconds() for call in self.destination.at(path)]

    async def close(self) -> None:
        await self.qstash.aclose()
        await self.http.aclose()


def claims_of(call: Call) -> dict[str, Any]:
    """The unproven claims of a delivery's signature."""
    part = call.headers["upstash-signature"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims
