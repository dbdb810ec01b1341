"""OpenAI's own wire: what we send, and the words that only it has."""

import json
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from starlette.responses import Response

from dev.models.script import Failing, Fault
from lib.adapters.models import Writer
from lib.domain.pricing import Usage, cost_of, price_of
from lib.errors import ModelFault
from lib.loops import PerLoop
from tests.adapters.vendors import NOW, PATIENCE, REQUEST, REWRITE, SHAPE, VENDORS, Wire, failure_of


@pytest.fixture
def wire(served: Wire) -> Wire:
    served.reset(VENDORS["openai"])
    return served


@pytest.fixture
def writer(wire: Wire, connections: PerLoop[httpx.AsyncClient]) -> Writer:
    return wire.writer(connections.get)


async def test_the_request_is_strict_not_stored_and_says_what_stays_the_same_first(wire: Wire, writer: Writer) -> None:
    await writer.write(REWRITE, within=PATIENCE)
    (headers,), (asked,) = wire.headers, wire.asked
    assert headers["authorization"] == "Bearer key"
    assert asked == {
        "model": "gpt-6.1-terra",
        "instructions": REQUEST.system,
        "input": [
            {"role": "user", "content": "<topic>\ntea\n</topic>\n\nWrite now."},
            {"role": "assistant", "content": '{"text": "long"}'},
            {"role": "user", "content": "shorter"},
        ],
        "max_output_tokens": SHAPE.most_tokens,
        "reasoning": {"effort": "low"},
        "text": {"format": {"type": "json_schema", "name": "answer", "strict": True, "schema": SHAPE.schema}},
        "store": False,
    }


async def test_a_model_that_does_not_reason_is_sent_no_effort(
    wire: Wire, connections: PerLoop[httpx.AsyncClient]
) -> None:
    await wire.writer(connections.get, name="gpt-4.1").write(REQUEST, within=PATIENCE)
    assert "reasoning" not in wire.asked[0]


async def test_fewer_tokens_than_the_api_takes_are_not_asked_for(wire: Wire, writer: Writer) -> None:
    await failure_of(writer, replace(REQUEST, most_tokens=4))
    assert wire.asked[0]["max_output_tokens"] == 16


@pytest.mark.parametrize("code", ["insufficient_quota", "credit_balance_exhausted"])
async def test_an_empty_account_needs_an_operator_though_it_is_a_429(code: str, wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.STATUS, 429, code=code, retry_after=timedelta(seconds=1)))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.CONFIGURATION
    assert code in failed.message


async def test_an_overloaded_server_is_transient(wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.STATUS, 503, code="server_is_overloaded"))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.TRANSIENT
    assert str(failed.details["request_id"]).startswith("req_")


async def test_a_prompt_that_moderation_stopped_is_refused(wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.STATUS, 400, code="invalid_prompt"))
    assert (await failure_of(writer)).fault is ModelFault.REFUSED


async def test_an_answer_that_the_filter_ended_is_a_refusal(wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.REFUSAL, code="content_filter"))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.REFUSED
    assert failed.cost > 0


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("server_error", ModelFault.TRANSIENT),
        ("rate_limit_exceeded", ModelFault.TRANSIENT),
        ("bio_policy", ModelFault.REFUSED),
        ("data_residency_mismatch", ModelFault.UNUSABLE),
    ],
)
async def test_a_response_that_failed_says_why(code: str, fault: ModelFault, wire: Wire, writer: Writer) -> None:
    said = {"status": "failed", "error": {"code": code, "message": "m"}, "output": [], "usage": {"input_tokens": 9}}
    wire.line.app = Response(json.dumps(said))
    failed = await failure_of(writer)
    assert failed.fault is fault
    assert failed.cost > 0


async def test_what_the_cache_wrote_and_read_has_its_own_price(wire: Wire, writer: Writer) -> None:
    request = replace(REQUEST, system="Write one post. " * 300)
    first, second = [(await writer.write(request, within=PATIENCE)).usage for _ in range(2)]
    assert first.cache_written == second.cache_read > 1_024
    assert first.fresh_in == second.fresh_in < 100


def test_a_write_to_the_cache_costs_more_than_fresh_input() -> None:
    price = price_of("gpt-6.1-sol", NOW)
    assert cost_of(Usage(cache_written=1_000_000), price) == 2_500_000


async def test_thinking_is_paid_as_output(wire: Wire, writer: Writer) -> None:
    usage = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 40, "cache_write_tokens": 10},
        "output_tokens": 70,
        "output_tokens_details": {"reasoning_tokens": 60},
    }
    content = [{"type": "output_text", "text": '{"text": "tea"}'}]
    output = [{"type": "reasoning", "summary": []}, {"type": "message", "content": content}]
    wire.line.app = Response(json.dumps({"status": "completed", "output": output, "usage": usage}))
    answer = await writer.write(REQUEST, within=PATIENCE)
    assert answer.usage == Usage(fresh_in=50, cache_written=10, cache_read=40, out=70)
