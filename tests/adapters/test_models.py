"""What every vendor's adapter promises, at the wire: what becomes of everything that can come back."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from starlette.responses import RedirectResponse, Response

from dev.models.script import Failing, Fault
from dev.serving import Trouble, listen, url_of
from lib.adapters.models import Turn, Writer
from lib.domain import judging
from lib.domain.content import SHAPES
from lib.domain.pricing import ceiling_of, cost_of
from lib.domain.schedule import ContentType
from lib.errors import ModelFault
from lib.loops import PerLoop
from tests.adapters.vendors import NOW, PATIENCE, REQUEST, REWRITE, VENDORS, Wire, failure_of, pool


@pytest.fixture(params=VENDORS)
def wire(request: pytest.FixtureRequest, served: Wire) -> Wire:
    served.reset(VENDORS[request.param])
    return served


@pytest.fixture
def writer(wire: Wire, connections: PerLoop[httpx.AsyncClient]) -> Writer:
    return wire.writer(connections.get)


def ceiling(writer: Writer) -> int:
    return ceiling_of(REQUEST.size, REQUEST.most_tokens, writer.price_at(NOW))


async def test_an_answer_comes_with_its_usage_and_cost(wire: Wire, writer: Writer) -> None:
    answer = await writer.write(REQUEST, within=PATIENCE)
    (call,) = wire.script.calls
    assert answer.fields.keys() == {"text"}
    assert json.loads(answer.text) == answer.fields
    assert (answer.usage.tokens_in, answer.usage.out) == (call.tokens_in, call.tokens_out)
    assert answer.cost == cost_of(answer.usage, writer.price_at(NOW)) > 0
    assert answer.stop_reason == wire.vendor.done


async def test_a_model_is_known_by_its_vendor_and_name(wire: Wire, writer: Writer) -> None:
    answer = await writer.write(REQUEST, within=PATIENCE)
    assert answer.model == writer.model == f"{wire.vendor.name}/{wire.vendor.model}"


@pytest.mark.parametrize("kind", ContentType)
async def test_every_content_types_schema_is_accepted_and_answered(kind: ContentType, writer: Writer) -> None:
    answer = await writer.write(replace(REQUEST, schema=SHAPES[kind].schema, most_tokens=20_000), within=PATIENCE)
    assert answer.fields.keys() == SHAPES[kind].schema["properties"].keys()


async def test_a_judges_schema_is_accepted_and_its_numbers_are_read(writer: Writer) -> None:
    answer = await writer.write(replace(REQUEST, schema=judging.SCHEMA), within=PATIENCE)
    assert answer.fields.keys() == judging.SCHEMA["properties"].keys()
    assert any(isinstance(value, int) for value in answer.fields.values())


async def test_a_rewrite_sends_the_conversation_so_far(wire: Wire, writer: Writer) -> None:
    await writer.write(REWRITE, within=PATIENCE)
    told = json.dumps(wire.asked[0])
    places = [told.index(json.dumps(turn.text)[1:-1]) for turn in REWRITE.turns]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        *((status, ModelFault.CONFIGURATION) for status in (401, 402, 403, 404)),
        *((status, ModelFault.TRANSIENT) for status in (408, 409, 429, 500, 502, 503, 504, 529)),
        *((status, ModelFault.REQUEST) for status in (400, 413, 422)),
    ],
)
async def test_an_error_status_says_whose_fault_it_is_and_is_not_repeated(
    status: int, fault: ModelFault, wire: Wire, writer: Writer
) -> None:
    wire.script.fail(Fault(Failing.STATUS, status=status))
    failed = await failure_of(writer)
    assert failed.fault is fault
    assert str(status) in failed.message
    assert failed.cost == 0
    assert len(wire.headers) == 1


async def test_the_wait_that_the_vendor_asks_for_is_passed_on(wire: Wire, writer: Writer) -> None:
    for seconds in (7, 0.5):
        wire.script.fail(Fault(Failing.STATUS, status=429, retry_after=timedelta(seconds=seconds)))
        assert (await failure_of(writer)).retry_after == timedelta(seconds=seconds)


async def test_a_wrong_key_is_a_configuration_failure_and_is_never_told(
    wire: Wire, connections: PerLoop[httpx.AsyncClient]
) -> None:
    failed = await failure_of(wire.writer(connections.get, api_key="sk-wrong"))
    assert failed.fault is ModelFault.CONFIGURATION
    assert "sk-wrong" not in f"{failed!r} {failed.details}"


async def test_a_model_that_is_not_there_is_a_configuration_failure(
    wire: Wire, connections: PerLoop[httpx.AsyncClient]
) -> None:
    assert (await failure_of(wire.writer(connections.get, name="gone"))).fault is ModelFault.CONFIGURATION


async def test_a_refusal_is_told_as_one_with_its_cost(wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.REFUSAL))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.REFUSED
    assert failed.cost > 0


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (Failing.CUT_SHORT, "stopped early"),
        (Failing.WRONG_SHAPE, "other fields than text"),
        (Failing.NO_JSON, "shape"),
        (Failing.EMPTY, "shape"),
    ],
)
async def test_an_answer_that_cannot_be_used_costs_what_it_cost(
    how: Failing, said: str, wire: Wire, writer: Writer
) -> None:
    wire.script.fail(Fault(how))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.UNUSABLE
    assert said in failed.message
    assert failed.details["tokens_in"] == wire.script.calls[0].tokens_in
    assert 0 < failed.cost < ceiling(writer)
    assert "estimated" not in failed.details


async def test_a_cut_answer_is_told_in_the_vendors_word(wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.CUT_SHORT))
    assert wire.vendor.cut in (await failure_of(writer)).message


@pytest.mark.parametrize(
    "text", ['{"text": 5}', '["text"]', '{"text": "a", "more": "b"}', '{"text": "a"', "null", "", "[" * 9_000]
)
async def test_only_an_object_of_the_schema_is_an_answer(text: str, wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(says=text))
    assert (await failure_of(writer)).fault is ModelFault.UNUSABLE


async def test_half_an_answer_may_have_been_paid_and_is_counted_at_its_ceiling(wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.HALF))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.UNUSABLE
    assert (failed.cost, failed.details["estimated"]) == (ceiling(writer), True)


NO_ANSWERS = (
    *("<html>", "[]", "{}", "null", '"text"', "7", "[" * 9_000),
    '{"status": "completed", "output": [{"type": "message", "content": [{}]}], "usage": {"input_tokens": 1}}',
    '{"status": "completed", "output": null, "usage": {"input_tokens": 1}}',
    '{"status": "completed", "output": [], "usage": {"input_tokens": -1}}',
    '{"status": "completed", "output": [], "usage": "much", "error": "no"}',
    '{"candidates": [], "usageMetadata": {"promptTokenCount": "many"}}',
    '{"candidates": [[]], "usageMetadata": {"promptTokenCount": 1}}',
    '{"candidates": [{"finishReason": "STOP", "content": {"parts": ["text"]}}], "usageMetadata": {}}',
    '{"candidates": [{"finishReason": "STOP", "content": {"parts": [{"inlineData": {}}]}}]}',
    '{"choices": []}',
    '{"choices": [{"message": "text"}]}',
    '{"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": true}}',
    '{"choices": [{"message": {"content": ["text"]}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}}',
)


@pytest.mark.parametrize("body", NO_ANSWERS)
async def test_a_200_that_is_no_answer_is_unusable(body: str, wire: Wire, writer: Writer) -> None:
    wire.line.app = Response(body, media_type="application/json")
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.UNUSABLE
    assert failed.cost > 0


@pytest.mark.parametrize("body", ["<html>", "[]", '{"error": "no"}', '{"error": {"details": [7]}}', "null", ""])
async def test_an_error_in_no_known_words_goes_by_its_status(body: str, wire: Wire, writer: Writer) -> None:
    wire.line.app = Response(body, 503)
    assert (await failure_of(writer)).fault is ModelFault.TRANSIENT
    wire.line.app = Response(body, 403)
    assert (await failure_of(writer)).fault is ModelFault.CONFIGURATION


async def test_a_vendors_own_wording_stays_outside(wire: Wire, writer: Writer) -> None:
    """It may quote what we said."""
    quoting = {"error": {"message": "tea is secret", "code": "tea is secret", "status": "tea is secret"}}
    wire.line.app = Response(json.dumps(quoting), 400)
    assert "secret" not in str(await failure_of(writer))


async def test_a_redirect_is_not_followed_with_the_key(wire: Wire, writer: Writer) -> None:
    wire.line.app = RedirectResponse("https://elsewhere.example/")
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.CONFIGURATION
    assert len(wire.headers) == 1


async def test_a_connection_lost_after_sending_is_counted_at_its_ceiling(wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.DROP))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.TRANSIENT
    assert (failed.cost, failed.details["estimated"]) == (ceiling(writer), True)


async def test_an_answer_that_cannot_be_unpacked_is_counted_at_its_ceiling(wire: Wire, writer: Writer) -> None:
    wire.line.app = Response(b"not packed", headers={"content-encoding": "gzip"})
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.TRANSIENT
    assert (failed.cost, failed.details["estimated"]) == (ceiling(writer), True)


async def test_nobody_there_costs_nothing_and_is_known_as_unsent(
    wire: Wire, connections: PerLoop[httpx.AsyncClient]
) -> None:
    with listen() as sock:  # bound, but not listening
        failed = await failure_of(wire.writer(connections.get, base_url=url_of(sock)))
    assert failed.fault is ModelFault.TRANSIENT
    assert (failed.cost, dict(failed.details)) == (0, {"unsent": True})


@pytest.mark.parametrize(
    "given",
    [
        {"api_key": "key\nwith a line break"},
        {"api_key": "kéy"},
        {"base_url": "ftp://example.com"},
        {"base_url": "http://[::1"},
    ],
)
async def test_a_key_or_url_that_cannot_be_used_needs_an_operator(
    given: dict[str, str], wire: Wire, connections: PerLoop[httpx.AsyncClient]
) -> None:
    failed = await failure_of(wire.writer(connections.get, **given))
    assert failed.fault is ModelFault.CONFIGURATION


async def test_a_prompt_that_is_not_text_fails_and_is_not_asked_again(wire: Wire, writer: Writer) -> None:
    failed = await failure_of(writer, replace(REQUEST, turns=(Turn("user", "half \ud83d"),)))
    assert failed.fault is ModelFault.REQUEST
    assert wire.headers == []


async def test_a_model_that_does_not_answer_is_left_when_the_time_is_up(wire: Wire, writer: Writer) -> None:
    wire.line.trouble = Trouble.HANGING
    loop = asyncio.get_running_loop()
    began = loop.time()
    failed = await failure_of(writer, within=timedelta(seconds=0.5))
    assert loop.time() - began < 3
    assert failed.fault is ModelFault.TRANSIENT
    assert failed.cost == ceiling(writer)


async def test_a_trickling_answer_cannot_outlast_the_total_time(
    wire: Wire, connections: PerLoop[httpx.AsyncClient]
) -> None:
    """Each byte comes in time for the read timeout; the total must end it."""

    async def trickle(reader: asyncio.StreamReader, stream: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        stream.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n")
        while not stream.is_closing():
            stream.write(b" ")
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    writer = wire.writer(connections.get, base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    failed = await failure_of(writer, within=timedelta(seconds=0.5))
    server.close()
    assert failed.fault is ModelFault.TRANSIENT


async def test_a_proxys_html_page_is_not_an_answer(wire: Wire, writer: Writer) -> None:
    wire.line.trouble = Trouble.FAILING
    assert (await failure_of(writer)).fault is ModelFault.TRANSIENT


async def test_a_writer_outlives_the_event_loop_it_was_first_used_in(wire: Wire) -> None:
    connections = pool()
    writer = wire.writer(connections.get)

    async def once() -> str:
        answer = await writer.write(REQUEST, within=PATIENCE)
        await writer.close()
        await connections.close()
        return answer.model

    assert await asyncio.gather(*(asyncio.to_thread(asyncio.run, once()) for _ in range(2))) == [writer.model] * 2
