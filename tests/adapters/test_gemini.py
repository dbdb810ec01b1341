"""Gemini's own wire: what we send, and the words that only it has."""

import json
from datetime import timedelta

import httpx
import pytest
from starlette.responses import Response

from dev.models.script import Failing, Fault
from lib.adapters.models import Writer
from lib.domain.pricing import Usage
from lib.errors import ModelFault
from lib.loops import PerLoop
from tests.adapters.vendors import PATIENCE, REQUEST, REWRITE, SHAPE, VENDORS, Wire, failure_of


@pytest.fixture
def wire(served: Wire) -> Wire:
    served.reset(VENDORS["gemini"])
    return served


@pytest.fixture
def writer(wire: Wire, connections: PerLoop[httpx.AsyncClient]) -> Writer:
    return wire.writer(connections.get)


async def test_the_request_has_our_key_schema_and_patience_and_nothing_that_samples(wire: Wire, writer: Writer) -> None:
    await writer.write(REWRITE, within=timedelta(seconds=9.5))
    (headers,), (asked,) = wire.headers, wire.asked
    assert (headers["x-goog-api-key"], headers["x-server-timeout"]) == ("key", "10")
    assert asked == {
        "systemInstruction": {"parts": [{"text": REQUEST.system}]},
        "contents": [
            {"role": "user", "parts": [{"text": "<topic>\ntea\n</topic>\n\nWrite now."}]},
            {"role": "model", "parts": [{"text": '{"text": "long"}'}]},
            {"role": "user", "parts": [{"text": "shorter"}]},
        ],
        "generationConfig": {
            "maxOutputTokens": SHAPE.most_tokens,
            "responseMimeType": "application/json",
            "responseJsonSchema": SHAPE.schema,
            "thinkingConfig": {"thinkingLevel": "LOW"},
        },
    }


async def test_an_older_model_is_sent_no_thinking_level(wire: Wire, connections: PerLoop[httpx.AsyncClient]) -> None:
    await wire.writer(connections.get, name="gemini-2.5-flash").write(REQUEST, within=PATIENCE)
    assert "thinkingConfig" not in wire.asked[0]["generationConfig"]


async def test_a_name_cannot_lead_elsewhere(wire: Wire, connections: PerLoop[httpx.AsyncClient]) -> None:
    failed = await failure_of(wire.writer(connections.get, name="../../_dev/faults?x="))
    assert failed.fault is ModelFault.CONFIGURATION
    assert wire.script.calls == []


async def test_a_wrong_key_needs_an_operator_though_it_is_a_400(
    wire: Wire, connections: PerLoop[httpx.AsyncClient]
) -> None:
    failed = await failure_of(wire.writer(connections.get, api_key="wrong"))
    assert failed.fault is ModelFault.CONFIGURATION
    assert failed.message.endswith("status 400 API_KEY_INVALID")


async def test_a_country_or_an_account_without_billing_needs_an_operator(wire: Wire, writer: Writer) -> None:
    wire.line.app = Response(json.dumps({"error": {"code": 400, "status": "FAILED_PRECONDITION"}}), 400)
    assert (await failure_of(writer)).fault is ModelFault.CONFIGURATION


async def test_the_wait_stands_in_the_details_and_is_bounded(wire: Wire, writer: Writer) -> None:
    for told, wait in (
        ("41s", timedelta(seconds=41)),
        ("0.25s", timedelta(seconds=0.25)),
        ("9999999s", timedelta(days=1)),
        ("-3s", timedelta(0)),
        ("soon", None),
        ("nans", None),
        (41, None),
    ):
        details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": told}]
        error = {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": details}
        wire.line.app = Response(json.dumps({"error": error}), 429)
        failed = await failure_of(writer)
        assert (failed.fault, failed.retry_after) == (ModelFault.TRANSIENT, wait)


async def test_a_blocked_prompt_is_a_refusal(wire: Wire, writer: Writer) -> None:
    wire.script.fail(Fault(Failing.REFUSAL, code="PROHIBITED_CONTENT"))
    failed = await failure_of(writer)
    assert failed.fault is ModelFault.REFUSED
    assert "PROHIBITED_CONTENT" in failed.message


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        *((reason, ModelFault.REFUSED) for reason in ("SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII")),
        *((reason, ModelFault.UNUSABLE) for reason in ("MAX_TOKENS", "RECITATION", "OTHER", "LANGUAGE", "NEW_ONE")),
    ],
)
async def test_why_it_stopped_says_whether_another_model_may_be_asked(
    reason: str, fault: ModelFault, wire: Wire, writer: Writer
) -> None:
    said = {"candidates": [{"finishReason": reason}], "usageMetadata": {"promptTokenCount": 9}}
    wire.line.app = Response(json.dumps(said))
    failed = await failure_of(writer)
    assert failed.fault is fault
    assert reason in failed.message


async def test_thoughts_are_paid_as_output_and_are_not_the_answer(wire: Wire, writer: Writer) -> None:
    parts = [{"text": "hm", "thought": True}, {"text": '{"text": '}, {"text": '"tea"}'}]
    said = {
        "candidates": [{"finishReason": "STOP", "content": {"role": "model", "parts": parts}}],
        "usageMetadata": {
            "promptTokenCount": 100,
            "cachedContentTokenCount": 40,
            "candidatesTokenCount": 5,
            "thoughtsTokenCount": 60,
        },
        "responseId": "abc",
    }
    wire.line.app = Response(json.dumps(said))
    answer = await writer.write(REQUEST, within=PATIENCE)
    assert answer.fields == {"text": "tea"}
    assert answer.usage == Usage(fresh_in=60, cache_read=40, out=65)
    assert answer.request_id == "abc"


async def test_a_count_that_cannot_be_true_is_not_booked(wire: Wire, writer: Writer) -> None:
    said = {
        "candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": '{"text": "tea"}'}]}}],
        "usageMetadata": {"promptTokenCount": 10**20, "candidatesTokenCount": 40},
    }
    wire.line.app = Response(json.dumps(said))
    failed = await failure_of(writer)
    assert (failed.fault, failed.details["estimated"]) == (ModelFault.UNUSABLE, True)
    assert failed.cost < 1_000_000
