"""The vendors of models: for each its adapter, its stand-in, and its own words for things."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from dev.clock import VirtualClock
from dev.models.anthropic import Anthropic
from dev.models.chat import Chat
from dev.models.gemini import Gemini as GeminiStandIn
from dev.models.openai import OpenAI as OpenAIStandIn
from dev.models.stand_in import StandIn
from dev.serving import Line
from lib.adapters.models import Turn, Writer, WritingRequest
from lib.adapters.models.anthropic import Claude
from lib.adapters.models.gemini import Gemini
from lib.adapters.models.openai import OpenAI
from lib.adapters.models.own import OwnModel
from lib.domain.content import SHAPES
from lib.domain.pricing import Price
from lib.domain.schedule import ContentType
from lib.errors import ModelFailed
from lib.loops import PerLoop

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = "key"
SHAPE = SHAPES[ContentType.X_POST]
REQUEST = WritingRequest(
    system="Write one post of at most 280 characters.",
    turns=(Turn("user", "Write now.", prefix="<topic>\ntea\n</topic>"),),
    schema=SHAPE.schema,
    most_tokens=SHAPE.most_tokens,
    effort=SHAPE.effort,
    at=NOW,
)
REWRITE = replace(REQUEST, turns=(*REQUEST.turns, Turn("assistant", '{"text": "long"}'), Turn("user", "shorter")))
PATIENCE = timedelta(seconds=10)
OWN_PRICE = Price(500, 500, 500, 1_500)


@dataclass(frozen=True)
class Vendor:
    """`path` is what its base URL ends with; `done` and `cut` are its words for why a text ended."""

    name: str
    stand_in: Callable[[], StandIn]
    adapter: Callable[..., Writer]
    model: str
    path: str
    done: str
    cut: str


VENDORS: Mapping[str, Vendor] = {
    it.name: it
    for it in (
        Vendor(
            name="anthropic",
            stand_in=lambda: Anthropic(VirtualClock(NOW), KEY),
            adapter=lambda *, connect, **given: Claude(**given),
            model="claude-sonnet-5-5",
            path="",
            done="end_turn",
            cut="max_tokens",
        ),
        Vendor(
            name="openai",
            stand_in=lambda: OpenAIStandIn(VirtualClock(NOW), KEY),
            adapter=OpenAI,
            model="gpt-6.1-terra",
            path="/v1",
            done="completed",
            cut="max_output_tokens",
        ),
        Vendor(
            name="gemini",
            stand_in=lambda: GeminiStandIn(VirtualClock(NOW), KEY),
            adapter=Gemini,
            model="gemini-3.8-flash",
            path="",
            done="STOP",
            cut="MAX_TOKENS",
        ),
        Vendor(
            name="own",
            stand_in=lambda: Chat(VirtualClock(NOW), KEY),
            adapter=lambda **given: OwnModel(price=OWN_PRICE, **given),
            model="llama-3.3-70b",
            path="/v1",
            done="stop",
            cut="length",
        ),
    )
}


class Wire:
    """A vendor's stand-in behind a line that can fail, and the headers that came over it."""

    def __init__(self) -> None:
        self.url = ""
        self.reset(VENDORS["openai"])

    def reset(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.stand_in = vendor.stand_in()
        self.made: list[Writer] = []
        self.line = Line(self.stand_in.app)  # type: ignore[attr-defined]  # every stand-in has one
        self.headers: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await self.line(scope, receive, send)

    @property
    def script(self) -> Any:
        return self.stand_in.script

    @property
    def asked(self) -> list[Any]:
        return [call.request for call in self.script.calls]

    def writer(self, connect: Callable[[], httpx.AsyncClient], **given: Any) -> Writer:
        """Ours, pointed at it; closed after the test."""
        usual = {"api_key": KEY, "base_url": f"{self.url}{self.vendor.path}", "name": self.vendor.model}
        writer = self.vendor.adapter(**{**usual, "connect": connect, **given})
        self.made.append(writer)
        return writer


async def failure_of(writer: Writer, request: WritingRequest = REQUEST, within: timedelta = PATIENCE) -> ModelFailed:
    with pytest.raises(ModelFailed) as failed:
        await writer.write(request, within=within)
    return failed.value


def pool() -> PerLoop[httpx.AsyncClient]:
    """As `Services` keeps it."""
    return PerLoop(httpx.AsyncClient, lambda client: client.aclose())
