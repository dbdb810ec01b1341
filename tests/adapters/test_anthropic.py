"""Claude's own wire: what we send, and the words that only it has."""

import json
from dataclasses import replace

import httpx
import pytest
from starlette.responses import Response

from dev.models.script import Failing, Fault
from lib.adapters.models import Turn, Writer
from lib.domain.pricing import Usage
from lib.errors import ModelFault
from lib.loops import PerLoop
from tests.adapters.vendors import PATIENCE, REQUEST, REWRITE, SHAPE, VENDORS, Wire, failure_of


@pytest.fixture
def wire(served: Wire) -> Wire:
    served.reset(VENDORS["anthropic"])
    return served


@pytest.fixture
def writer(wire: Wire, connections: PerLoop[httpx.AsyncClient]) -> Writer:
    return wire.writer(connections.get)


async def test_the_request_has_our_key_version_schema_and_nothing_that_is_refused(wire: Wire, writer: Writer) -> None:
    await writer.write(replace(REQUEST, turns=(Turn("user", "tea"),)), within=PATIENCE)
    (headers,), (asked,) = wire.headers, wire.asked
    assert headers["anthropic-version"] == "2026-10-21"
    assert headers["authorization"] == "Bearer key"
    assert asked == {
        "model": "claude-sonnet-5-5",
        "max_tokens": SHAPE.most_tokens,
        "system": [{"type": "text", "text": REQUEST.system, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "tea"}],
        "output_config": {"format": {"type": "json_schema", "schema": SHAPE.schema}, "effort": "low"},
    }


async def test_what_stays_the_same_comes_first_and_is_cached(wire: Wire, writer: Writer) -> None:
    """The system prompt is everybody's, the prefix one schedule's."""
    await writer.write(REQUEST, within=PATIENCE)
    first, last = wire.asked[0]["messages"][0]["content"]
    assert first["text"] + last["text"] == REQUEST.turns[0].said
    assert (first["cache_control"], "cache_control" in last) == ({"type": "ephemeral"}, False)
    assert wire.asked[0]["system"][0]["cache_control"] == {"type": "ephemeral"}


async def test_a_rewrite_sends_the_conversation_so_far(wire: Wire, writer: Writer) -> None:
    await writer.write(REWRITE, within=PATIENCE)
    assert [message["role"] for message in wire.asked[0]["messages"]] == ["user", "assistant", "user"]


async def test_an_older_model_is_not_sent_an_effort_it_would_refuse(
    wire: Wire, connections: PerLoop[httpx.AsyncClient]
) -> None:
    await wire.writer(connections.get, name="claude-haiku-4-5").write(REQUEST, within=PATIENCE)
    assert "effort" not in wire.asked[0]["output_config"]


async def test_a_request_id_is_kept_of_answers_and_errors(wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.STATUS, status=529))
    failed = await failure_of(writer)
    answer = await writer.write(REQUEST, within=PATIENCE)
    assert all(str(it).startswith("req_") for it in (failed.details["request_id"], answer.request_id))


async def test_a_spending_limit_needs_an_operator_though_it_is_a_429(wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.STATUS, status=429, code="enforced_spend_limit_reached"))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.CONFIGURATION
    assert "enforced_spend_limit_reached" in failed.message


async def test_a_refusal_is_told_with_its_category(wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.REFUSAL))
    assert "general_harms" in (await failure_of(writer)).message


async def test_what_the_cache_wrote_and_read_has_its_own_price(wire: Wire, writer: Writer) -> None:
    request = replace(REQUEST, system="Write one post. " * 300)
    first, second = [(await writer.write(request, within=PATIENCE)).usage for _ in range(2)]
    assert first.cache_written == second.cache_read > 512
    assert first.fresh_in == second.fresh_in


async def test_thinking_is_paid_as_output_and_is_not_the_answer(wire: Wire, writer: Writer) -> None:
    content = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": '{"text": "tea"}'}]
    usage = {"input_tokens": 7, "cache_read_input_tokens": None, "output_tokens": 90}
    wire.line.app = Response(json.dumps({"stop_reason": "end_turn", "content": content, "usage": usage}))
    answer = await writer.write(REQUEST, within=PATIENCE)
    assert answer.fields == {"text": "tea"}
    assert answer.usage == Usage(fresh_in=7, out=90)


MESSAGES = [
    '"content": [], "usage": null',
    '"content": [], "usage": {"input_tokens": -1}',
    '"content": ["text"], "usage": {}',
    '"content": [{"type": "text"}], "usage": {}',
]


@pytest.mark.parametrize("body", MESSAGES)
async def test_a_200_that_is_no_message_is_unusable(body: str, wire: Wire, writer: Writer) -> None:
    wire.line.app = Response(f'{{"stop_reason": "end_turn", {body}}}', media_type="application/json")
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.UNUSABLE
    assert failed.details["estimated"]
