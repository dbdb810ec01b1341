"""The stand-ins refuse what the real APIs refuse, in the shape in which those say so."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from dev.clock import VirtualClock
from dev.models.chat import Chat
from dev.models.gemini import Gemini
from dev.models.openai import OpenAI
from dev.models.stand_in import StandIn

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = "key"
SCHEMA = {
    "type": "object",
    "properties": {"posts": {"type": "array", "items": {"type": "string"}}},
    "required": ["posts"],
    "additionalProperties": False,
}
LOOSE_SCHEMAS = [
    {**SCHEMA, "additionalProperties": True},
    {key: value for key, value in SCHEMA.items() if key != "additionalProperties"},
    {**SCHEMA, "required": []},
    {**SCHEMA, "properties": {"posts": {"type": "array"}}},
    {**SCHEMA, "properties": {"posts": {"type": "string", "maxLength": 280}}},
    {**SCHEMA, "properties": {"posts": {"type": "object", "properties": {}}}},
    {"type": "string"},
]


@asynccontextmanager
async def calling(stand_in: StandIn, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(stand_in.app)  # type: ignore[attr-defined]  # every stand-in has one
    async with httpx.AsyncClient(transport=transport, base_url="http://stand-in", headers=headers) as http:
        yield http


async def openai(change: Callable[[dict[str, Any]], Any] = lambda _: None, key: str = KEY) -> httpx.Response:
    """The answer to a request that is fine but for this change."""
    wanted = {"type": "json_schema", "name": "answer", "strict": True, "schema": dict(SCHEMA)}
    body: dict[str, Any] = {
        "model": "gpt-6.1-terra",
        "instructions": "Write.",
        "input": [{"role": "user", "content": "tea"}],
        "max_output_tokens": 2_000,
        "text": {"format": wanted},
    }
    change(body)
    async with calling(OpenAI(VirtualClock(NOW), KEY), authorization=f"Bearer {key}") as http:
        return await http.post("/v1/responses", json=body)


async def gemini(change: Callable[[dict[str, Any]], Any] = lambda _: None, key: str = KEY) -> httpx.Response:
    config = {"maxOutputTokens": 2_000, "responseMimeType": "application/json", "responseJsonSchema": dict(SCHEMA)}
    body: dict[str, Any] = {
        "systemInstruction": {"parts": [{"text": "Write."}]},
        "contents": [{"role": "user", "parts": [{"text": "tea"}]}],
        "generationConfig": config,
    }
    change(body)
    async with calling(Gemini(VirtualClock(NOW), KEY), **{"x-goog-api-key": key}) as http:
        return await http.post("/v1/models/gemini-3.8-flash:generateContent", json=body)


async def chat(change: Callable[[dict[str, Any]], Any] = lambda _: None, key: str = KEY) -> httpx.Response:
    wanted = {"name": "answer", "strict": True, "schema": dict(SCHEMA)}
    body: dict[str, Any] = {
        "model": "llama-3.3-70b",
        "messages": [{"role": "user", "content": "tea"}],
        "response_format": {"type": "json_schema", "json_schema": wanted},
    }
    change(body)
    async with calling(Chat(VirtualClock(NOW), KEY), authorization=f"Bearer {key}") as http:
        return await http.post("/v1/chat/completions", json=body)


@pytest.mark.parametrize("ask", [openai, gemini, chat])
async def test_a_request_that_is_fine_is_answered(ask: Callable[..., Any]) -> None:
    assert (await ask()).status_code == 200


@pytest.mark.parametrize(
    ("ask", "status", "word"), [(openai, 401, "invalid_api_key"), (gemini, 400, "API_KEY_INVALID"), (chat, 401, "key")]
)
async def test_a_wrong_key_is_refused(ask: Callable[..., Any], status: int, word: str) -> None:
    answer = await ask(key="wrong")
    assert answer.status_code == status
    assert word in answer.text


@pytest.mark.parametrize("schema", LOOSE_SCHEMAS)
async def test_a_schema_that_is_not_strict_is_refused(schema: dict[str, Any]) -> None:
    answer = await openai(lambda body: body["text"]["format"].update(schema=schema))
    assert answer.status_code == 400
    assert "Invalid schema for response_format 'answer'" in answer.json()["error"]["message"]
    assert (await chat(lambda body: body["response_format"]["json_schema"].update(schema=schema))).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.7},
        {"max_tokens": 10},
        {"max_output_tokens": 15},
        {"reasoning": {"effort": "much"}},
        {"input": []},
        {"input": [{"role": "model", "content": "tea"}]},
        {"input": [{"role": "user", "content": ""}]},
        {"model": "gpt-4.1", "reasoning": {"effort": "low"}},
    ],
)
async def test_openai_refuses_what_it_does_not_know(change: dict[str, Any]) -> None:
    answer = await openai(lambda body: body.update(change))
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "change",
    [
        {"contents": []},
        {"contents": [{"role": "assistant", "parts": [{"text": "tea"}]}]},
        {"contents": [{"role": "user", "parts": []}]},
        {"contents": [{"role": "user", "parts": [{"words": "tea"}]}]},
        {"system": "Write."},
        {"generationConfig": {"temperature": 0.7}},
        {"generationConfig": {"thinkingConfig": {"thinkingLevel": "low"}}},
        {"generationConfig": {"responseJsonSchema": SCHEMA}},
        {"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": {"maxLength": 1}}},
        {"generationConfig": {"max_tokens": 3}},
    ],
)
async def test_gemini_refuses_what_it_does_not_know(change: dict[str, Any]) -> None:
    answer = await gemini(lambda body: body.update(change))
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("ask", [openai, chat])
async def test_a_model_that_is_not_there_is_a_404(ask: Callable[..., Any]) -> None:
    assert (await ask(lambda body: body.update(model="gone"))).status_code == 404


@pytest.mark.parametrize("stand_in", [OpenAI, Gemini, Chat])
async def test_failures_are_scripted_over_the_wire(stand_in: Callable[..., StandIn]) -> None:
    scripted = stand_in(VirtualClock(NOW), KEY)
    async with calling(scripted) as http:
        faults = [{"how": "status", "status": 429, "code": "insufficient_quota", "retry_after": 7}, {"how": "half"}]
        assert (await http.post("/_dev/faults", json=faults)).json()["faults_waiting"] == 2
        assert (await http.post("/_dev/faults", json=[{"how": "strangely"}])).status_code == 400
        assert (await http.get("/_dev/calls")).json()["calls"] == 0
    assert scripted.script.faults[0].code == "insufficient_quota"
