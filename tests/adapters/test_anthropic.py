"""Claude at the wire: what we send, and what becomes of everything that can come back."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dev.clock import VirtualClock
from dev.models.anthropic import Anthropic
from dev.models.script import Failing, Fault
from dev.serving import Line, Trouble, listen, serving, url_of
from lib.adapters.models import Turn, WritingRequest
from lib.adapters.models.anthropic import Claude
from lib.domain.content import SHAPES
from lib.domain.pricing import ceiling_of, cost_of, price_of
from lib.domain.schedule import ContentType
from lib.errors import ModelFailed, ModelFault

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NAME = "claude-sonnet-5-5"
MODEL = f"anthropic/{NAME}"
PRICE = price_of(NAME, NOW)
SHAPE = SHAPES[ContentType.X_POST]
REQUEST = WritingRequest(
    system="Write one post of at most 280 characters.",
    turns=(Turn("user", "<topic>\ntea\n</topic>"),),
    schema=SHAPE.schema,
    most_tokens=SHAPE.most_tokens,
    effort=SHAPE.effort,
    at=NOW,
)
CEILING = ceiling_of(REQUEST.size, REQUEST.most_tokens, PRICE)
PATIENCE = timedelta(seconds=10)


class Wire:
    """The stand-in behind a line that can fail, and the headers that came over it."""

    def __init__(self) -> None:
        self.url = ""
        self.reset()

    def reset(self) -> None:
        self.claude = Anthropic(VirtualClock(NOW), "key")
        self.line = Line(self.claude.app)
        self.headers: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await self.line(scope, receive, send)

    @property
    def asked(self) -> list[Any]:
        return [call.request for call in self.claude.script.calls]


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[Wire]:
    wire, sock = Wire(), listen()
    wire.url = url_of(sock)
    async with serving(wire, sock):
        yield wire


@pytest.fixture
def wire(served: Wire) -> Wire:
    served.reset()
    return served


@pytest.fixture
async def writer(wire: Wire) -> AsyncIterator[Claude]:
    claude = Claude(api_key="key", base_url=wire.url, name=NAME)
    yield claude
    await claude.close()


async def failure_of(writer: Claude, within: timedelta = PATIENCE) -> ModelFailed:
    with pytest.raises(ModelFailed) as failed:
        await writer.write(REQUEST, within=within)
    return failed.value


async def test_an_answer_comes_with_its_usage_and_cost(wire: Wire, writer: Claude) -> None:
    answer = await writer.write(REQUEST, within=PATIENCE)
    (call,) = wire.claude.script.calls
    assert answer.fields.keys() == {"text"}
    assert json.loads(answer.text) == answer.fields
    assert (answer.usage.tokens_in, answer.usage.out) == (call.tokens_in, call.tokens_out)
    assert answer.cost == cost_of(answer.usage, PRICE) > 0
    assert (answer.model, answer.stop_reason) == (MODEL, "end_turn")
    assert str(answer.request_id).startswith("req_")


async def test_the_request_has_our_key_version_schema_and_nothing_that_is_refused(wire: Wire, writer: Claude) -> None:
    await writer.write(REQUEST, within=PATIENCE)
    (headers,), (asked,) = wire.headers, wire.asked
    assert headers["anthropic-version"] == "2026-10-21"
    assert headers["authorization"] == "Bearer key"
    assert asked == {
        "model": NAME,
        "max_tokens": SHAPE.most_tokens,
        "system": [{"type": "text", "text": REQUEST.system, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "<topic>\ntea\n</topic>"}],
        "output_config": {"format": {"type": "json_schema", "schema": SHAPE.schema}, "effort": "low"},
    }


@pytest.mark.parametrize("kind", ContentType)
async def test_every_content_types_schema_is_accepted_and_answered(kind: ContentType, writer: Claude) -> None:
    answer = await writer.write(replace(REQUEST, schema=SHAPES[kind].schema, most_tokens=20_000), within=PATIENCE)
    assert answer.fields.keys() == SHAPES[kind].schema["properties"].keys()


async def test_a_rewrite_sends_the_conversation_so_far(wire: Wire, writer: Claude) -> None:
    turns = (*REQUEST.turns, Turn("assistant", '{"text": "long"}'), Turn("user", "shorter"))
    await writer.write(replace(REQUEST, turns=turns), within=PATIENCE)
    assert [message["role"] for message in wire.asked[0]["messages"]] == ["user", "assistant", "user"]


async def test_what_stays_the_same_comes_first_and_is_cached(wire: Wire, writer: Claude) -> None:
    """The system prompt is everybody's, the prefix one schedule's."""
    turn = Turn("user", "Write now.", prefix="<topic>\ntea\n</topic>")
    await writer.write(replace(REQUEST, turns=(turn,)), within=PATIENCE)
    first, last = wire.asked[0]["messages"][0]["content"]
    assert first["text"] + last["text"] == turn.said
    assert (first["cache_control"], "cache_control" in last) == ({"type": "ephemeral"}, False)
    assert wire.asked[0]["system"][0]["cache_control"] == {"type": "ephemeral"}


async def test_an_older_model_is_not_sent_an_effort_it_would_refuse(wire: Wire) -> None:
    older = Claude(api_key="key", base_url=wire.url, name="claude-haiku-4-5")
    await older.write(REQUEST, within=PATIENCE)
    await older.close()
    assert "effort" not in wire.asked[0]["output_config"]


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        *((status, ModelFault.CONFIGURATION) for status in (401, 402, 403, 404)),
        *((status, ModelFault.TRANSIENT) for status in (408, 409, 429, 500, 502, 503, 504, 529)),
        *((status, ModelFault.REQUEST) for status in (400, 413, 422)),
    ],
)
async def test_an_error_status_says_whose_fault_it_is_and_is_not_repeated(
    status: int, fault: ModelFault, wire: Wire, writer: Claude
) -> None:
    wire.claude.script.fail(Fault(Failing.STATUS, status=status))
    failed = await failure_of(writer)
    assert failed.fault is fault
    assert str(status) in failed.message
    assert failed.cost == 0
    assert failed.details["request_id"]
    assert len(wire.headers) == 1


async def test_the_wait_that_the_vendor_asks_for_is_passed_on(wire: Wire, writer: Claude) -> None:
    wire.claude.script.fail(Fault(Failing.STATUS, status=429, retry_after=timedelta(seconds=7)))
    assert (await failure_of(writer)).retry_after == timedelta(seconds=7)


async def test_a_wrong_key_is_a_configuration_failure_and_is_never_told(wire: Wire) -> None:
    writer = Claude(api_key="sk-wrong", base_url=wire.url, name=NAME)
    failed = await failure_of(writer)
    await writer.close()
    assert failed.fault is ModelFault.CONFIGURATION
    assert "sk-wrong" not in f"{failed!r} {failed.details}"


async def test_a_refusal_is_told_with_its_category_and_cost(wire: Wire, writer: Claude) -> None:
    wire.claude.script.fail(Fault(Failing.REFUSAL))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.REFUSED
    assert "general_harms" in failed.message
    assert failed.cost > 0


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (Failing.CUT_SHORT, "max_tokens"),
        (Failing.WRONG_SHAPE, "other fields than text"),
        (Failing.NO_JSON, "shape"),
        (Failing.EMPTY, "shape"),
    ],
)
async def test_an_answer_that_cannot_be_used_costs_what_it_cost(
    how: Failing, said: str, wire: Wire, writer: Claude
) -> None:
    wire.claude.script.fail(Fault(how))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.UNUSABLE
    assert said in failed.message
    assert failed.details["tokens_in"] == wire.claude.script.calls[0].tokens_in
    assert 0 < failed.cost < CEILING
    assert "estimated" not in failed.details


@pytest.mark.parametrize(
    "text", ['{"text": 5}', '["text"]', '{"text": "a", "more": "b"}', '{"text": "a"', "null", "", "[" * 9_000]
)
async def test_only_an_object_of_the_schema_is_an_answer(text: str, wire: Wire, writer: Claude) -> None:
    wire.claude.script.fail(Fault(says=text))
    assert (await failure_of(writer)).fault is ModelFault.UNUSABLE


async def test_half_an_answer_may_have_been_paid_and_is_counted_at_its_ceiling(wire: Wire, writer: Claude) -> None:
    wire.claude.script.fail(Fault(Failing.HALF))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.UNUSABLE
    assert (failed.cost, failed.details["estimated"]) == (CEILING, True)


MESSAGES = [
    '"content": [], "usage": null',
    '"content": [], "usage": {"input_tokens": -1}',
    '"content": ["text"], "usage": {}',
    '"content": [{"type": "text"}], "usage": {}',
]


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", *(f'{{"stop_reason": "end_turn", {it}}}' for it in MESSAGES)])
async def test_a_200_that_is_no_message_is_unusable(body: str, wire: Wire, writer: Claude) -> None:
    wire.line.app = Response(body, media_type="application/json")
    assert (await failure_of(writer)).fault is ModelFault.UNUSABLE


async def test_a_connection_lost_after_sending_is_counted_at_its_ceiling(wire: Wire, writer: Claude) -> None:
    wire.claude.script.fail(Fault(Failing.DROP))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.TRANSIENT
    assert (failed.cost, failed.details["estimated"]) == (CEILING, True)


async def test_nobody_there_costs_nothing() -> None:
    with listen() as sock:  # bound, but not listening
        writer = Claude(api_key="key", base_url=url_of(sock), name=NAME)
        failed = await failure_of(writer)
        await writer.close()
    assert failed.fault is ModelFault.TRANSIENT
    assert (failed.cost, dict(failed.details)) == (0, {"unsent": True})


@pytest.mark.parametrize(
    ("api_key", "base_url"),
    [("key\nwith a line break", ""), ("kéy", ""), ("key", "ftp://example.com"), ("key", "http://[::1")],
)
async def test_a_key_or_url_that_cannot_be_used_needs_an_operator(api_key: str, base_url: str, wire: Wire) -> None:
    writer = Claude(api_key=api_key, base_url=base_url or wire.url, name=NAME)
    failed = await failure_of(writer)
    await writer.close()
    assert failed.fault is ModelFault.CONFIGURATION


async def test_a_prompt_that_is_not_text_fails_and_is_not_asked_again(wire: Wire, writer: Claude) -> None:
    with pytest.raises(ModelFailed) as failed:
        await writer.write(replace(REQUEST, turns=(Turn("user", "half \ud83d"),)), within=PATIENCE)
    assert failed.value.fault is ModelFault.REQUEST
    assert wire.headers == []


async def test_a_model_that_does_not_answer_is_left_when_the_time_is_up(wire: Wire, writer: Claude) -> None:
    wire.line.trouble = Trouble.HANGING
    loop = asyncio.get_running_loop()
    began = loop.time()
    failed = await failure_of(writer, within=timedelta(seconds=0.5))
    assert loop.time() - began < 3
    assert failed.fault is ModelFault.TRANSIENT
    assert failed.cost == CEILING


async def test_a_trickling_answer_cannot_outlast_the_total_time() -> None:
    """Each byte comes in time for the read timeout; the total must end it."""

    async def trickle(reader: asyncio.StreamReader, stream: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        stream.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n")
        while not stream.is_closing():
            stream.write(b" ")
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    writer = Claude(api_key="key", base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", name=NAME)
    failed = await failure_of(writer, within=timedelta(seconds=0.5))
    await writer.close()
    server.close()
    assert failed.fault is ModelFault.TRANSIENT


async def test_a_proxys_html_page_is_not_an_answer(wire: Wire, writer: Claude) -> None:
    wire.line.trouble = Trouble.FAILING
    assert (await failure_of(writer)).fault is ModelFault.TRANSIENT


async def test_a_writer_outlives_the_event_loop_it_was_first_used_in(wire: Wire) -> None:
    writer = Claude(api_key="key", base_url=wire.url, name=NAME)

    async def once() -> str:
        answer = await writer.write(REQUEST, within=PATIENCE)
        await writer.close()
        return answer.stop_reason

    assert [await asyncio.to_thread(asyncio.run, once()) for _ in range(3)] == ["end_turn"] * 3
