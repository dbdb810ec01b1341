"""A server of somebody's own: little is expected of it."""

import json

import httpx
import pytest
from starlette.responses import Response

from dev.clock import VirtualClock
from dev.models.chat import Chat
from lib.adapters.models import Writer
from lib.adapters.models.own import OwnModel
from lib.domain.pricing import PRICES, Usage, cost_of
from lib.errors import ModelFault
from lib.loops import PerLoop
from tests.adapters.vendors import NOW, OWN_PRICE, PATIENCE, REQUEST, REWRITE, SHAPE, VENDORS, Wire, failure_of


@pytest.fixture
def wire(served: Wire) -> Wire:
    served.reset(VENDORS["own"])
    return served


@pytest.fixture
def writer(wire: Wire, connections: PerLoop[httpx.AsyncClient]) -> Writer:
    return wire.writer(connections.get)


def keyless(wire: Wire, *, knows_schemas: bool = True) -> Chat:
    """A server without a key takes the stand-in's place."""
    chat = Chat(VirtualClock(NOW), knows_schemas=knows_schemas)
    wire.stand_in, wire.line.app = chat, chat.app
    return chat


async def test_the_request_is_the_dialects(wire: Wire, writer: Writer) -> None:
    await writer.write(REWRITE, within=PATIENCE)
    (headers,), (asked,) = wire.headers, wire.asked
    assert headers["authorization"] == "Bearer key"
    schema = {"name": "answer", "strict": True, "schema": SHAPE.schema}
    assert asked == {
        "model": "llama-3.3-70b",
        "messages": [
            {"role": "system", "content": REQUEST.system},
            {"role": "user", "content": "<topic>\ntea\n</topic>\n\nWrite now."},
            {"role": "assistant", "content": '{"text": "long"}'},
            {"role": "user", "content": "shorter"},
        ],
        "max_tokens": SHAPE.most_tokens,
        "response_format": {"type": "json_schema", "json_schema": schema},
    }


async def test_a_server_may_ask_for_no_key(wire: Wire, connections: PerLoop[httpx.AsyncClient]) -> None:
    keyless(wire)
    answer = await wire.writer(connections.get, api_key="").write(REQUEST, within=PATIENCE)
    assert answer.fields.keys() == {"text"}
    assert "authorization" not in wire.headers[0]


async def test_a_name_may_have_slashes(wire: Wire, connections: PerLoop[httpx.AsyncClient]) -> None:
    name = "meta-llama/Llama-3.3-70B-Instruct"
    answer = await wire.writer(connections.get, name=name).write(REQUEST, within=PATIENCE)
    assert answer.model == f"own/{name}"
    assert wire.asked[0]["model"] == name


async def test_a_server_that_knows_no_schemas_needs_an_operator(wire: Wire, writer: Writer) -> None:
    keyless(wire, knows_schemas=False)
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.CONFIGURATION
    assert "response_format" in failed.message


@pytest.mark.parametrize("body", ['{"error": "\'response_format.type\' must be text"}', '{"detail": "json_schema?"}'])
async def test_so_it_is_in_whatever_words_it_says_that(body: str, wire: Wire, writer: Writer) -> None:
    wire.line.app = Response(body, 400)
    assert (await failure_of(writer)).fault is ModelFault.CONFIGURATION


async def test_other_complaints_about_a_request_are_the_requests(wire: Wire, writer: Writer) -> None:
    wire.line.app = Response('{"object": "error", "message": "context length exceeded", "code": 400}', 400)
    assert (await failure_of(writer)).fault is ModelFault.REQUEST


async def test_a_server_that_tells_no_usage_is_counted_at_the_most_it_can_have_used(wire: Wire, writer: Writer) -> None:
    assert isinstance(wire.stand_in, Chat)
    wire.stand_in.tells_usage = False
    answer = await writer.write(REQUEST, within=PATIENCE)
    assert answer.usage == Usage(fresh_in=REQUEST.size, out=REQUEST.most_tokens)
    assert answer.cost == cost_of(answer.usage, OWN_PRICE)


async def test_without_a_price_the_dearest_known_one_counts(
    wire: Wire, connections: PerLoop[httpx.AsyncClient]
) -> None:
    unpriced = OwnModel(api_key="key", base_url=f"{wire.url}/v1", name="qwen3", price=None, connect=connections.get)
    assert unpriced.price_at(NOW).out == max(change.price.out for change in PRICES)
    assert not unpriced.price_at(NOW).is_known


async def test_a_refusal_in_its_own_field_is_a_refusal(wire: Wire, writer: Writer) -> None:
    message = {"role": "assistant", "content": None, "refusal": "no"}
    usage = {"prompt_tokens": 100, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 60}}
    said = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}
    wire.line.app = Response(json.dumps(said))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.REFUSED
    assert failed.cost == cost_of(Usage(fresh_in=40, cache_read=60, out=3), OWN_PRICE)
