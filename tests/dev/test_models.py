"""The Claude stand-in through Anthropic's own client and our own prompts, over real HTTP."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import anthropic
import httpx
import pytest

from dev.clock import VirtualClock
from dev.models.anthropic import Anthropic
from dev.models.script import Failing, Fault
from dev.serving import listen, serving, url_of
from lib.domain.content import SHAPES
from lib.domain.draft import read_draft
from lib.domain.gates import examine
from lib.domain.prompts import Brief, build_prompt
from lib.domain.schedule import ContentType
from lib.domain.similarity import Memory
from lib.domain.writing_settings import WritingSettings, read_settings
from lib.pipeline.generate import first_turn

KEY = "sk-ant-local"
START = datetime(2026, 11, 21, 9, 0, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def claude(clock: VirtualClock) -> Anthropic:
    return Anthropic(clock, KEY)


@pytest.fixture
async def url(claude: Anthropic) -> AsyncIterator[str]:
    sock = listen()
    async with serving(claude.app, sock):
        yield url_of(sock)


@pytest.fixture
async def client(url: str) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(api_key=KEY, base_url=url, max_retries=0, timeout=5) as client:
        yield client


def asking(kind: ContentType = ContentType.X_POST, **settings: Any) -> dict[str, Any]:
    """A request as the product makes it."""
    prompt = build_prompt(Brief(read_settings(settings), kind, "Morning notes", date(2026, 11, 21), time(9)))
    return {
        "model": "claude-sonnet-5-5",
        "max_tokens": SHAPES[kind].most_tokens,
        "system": prompt.system,
        "messages": [{"role": "user", "content": first_turn(prompt).said}],
        "output_config": {"format": {"type": "json_schema", "schema": SHAPES[kind].schema}, "effort": "low"},
    }


async def fields(client: anthropic.AsyncAnthropic, request: Mapping[str, Any]) -> dict[str, Any]:
    message = await client.messages.create(**request)
    block = message.content[0]
    assert block.type == "text"
    answer: dict[str, Any] = json.loads(block.text)
    return answer


@pytest.mark.parametrize("kind", ContentType)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_what_is_written_may_be_published(
    client: anthropic.AsyncAnthropic, kind: ContentType, language: str
) -> None:
    for topic in ("일하는 습관", "deep work for small teams", "x" * 200, "A topic. With 3 < 5 & “quotes”\nand lines"):
        answer = await fields(client, asking(kind, topic=topic, language=language))
        assert answer.keys() == SHAPES[kind].schema["properties"].keys()
        assert examine(read_draft(kind, answer), WritingSettings(), Memory()).objections == ()


async def test_a_korean_request_is_answered_in_korean(client: anthropic.AsyncAnthropic) -> None:
    for request in (asking(topic="work", language="ko"), asking(topic="일하는 습관")):
        text = (await fields(client, request))["text"]
        assert any("가" <= letter <= "힣" for letter in text)


async def test_every_request_gets_its_own_text_and_every_run_of_the_stack_the_same(
    client: anthropic.AsyncAnthropic, clock: VirtualClock
) -> None:
    texts = [(await fields(client, asking(topic=topic)))["text"] for topic in ("rest", "tea", "rest", "rest")]
    assert len(set(texts)) == 4
    again = Anthropic(clock, KEY)
    sock = listen()
    async with serving(again.app, sock), anthropic.AsyncAnthropic(api_key=KEY, base_url=url_of(sock)) as other:
        assert [(await fields(other, asking(topic=it)))["text"] for it in ("rest", "tea", "rest", "rest")] == texts


async def test_calls_and_tokens_are_counted(client: anthropic.AsyncAnthropic, claude: Anthropic, url: str) -> None:
    message = await client.messages.create(**asking(topic="counting"))
    assert message.usage.input_tokens > 300
    assert message.usage.output_tokens > 5
    [call] = claude.script.answered
    assert (call.tokens_in, call.tokens_out) == (message.usage.input_tokens, message.usage.output_tokens)
    assert call.at == START
    async with httpx.AsyncClient(base_url=url) as http:
        summary = (await http.get("/_dev/calls")).json()
    assert summary["calls"] == summary["answered"] == 1
    assert summary["tokens_in"] == message.usage.input_tokens


async def test_a_marked_prefix_is_cached_for_five_minutes(
    client: anthropic.AsyncAnthropic, clock: VirtualClock
) -> None:
    request = asking()
    system = [{"type": "text", "text": request["system"], "cache_control": {"type": "ephemeral"}}]

    async def usage() -> tuple[int, int]:
        used = (await client.messages.create(**{**request, "system": system})).usage
        return used.cache_creation_input_tokens or 0, used.cache_read_input_tokens or 0

    written, _ = await usage()
    assert written > 512
    clock.advance(by=timedelta(minutes=4))
    assert await usage() == (0, written)
    clock.advance(by=timedelta(minutes=6))
    assert await usage() == (written, 0)


async def test_replies_carry_the_request_id_and_the_rate_limits(client: anthropic.AsyncAnthropic) -> None:
    raw = await client.messages.with_raw_response.create(**asking())
    message = await raw.parse()
    assert message._request_id
    assert raw.headers["anthropic-ratelimit-requests-remaining"] == "3999"
    assert raw.headers["anthropic-ratelimit-requests-reset"] == "2026-11-21T09:01:00Z"


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, anthropic.RateLimitError), (529, anthropic.InternalServerError), (500, anthropic.InternalServerError)],
)
async def test_scripted_failures_come_first_and_once(
    client: anthropic.AsyncAnthropic, claude: Anthropic, status: int, error: type[anthropic.APIStatusError]
) -> None:
    claude.script.fail(Fault(Failing.STATUS, status=status, retry_after=timedelta(seconds=7)))
    with pytest.raises(error) as caught:
        await client.messages.create(**asking())
    assert caught.value.status_code == status
    assert caught.value.response.headers["retry-after"] == "7"
    assert caught.value.request_id
    assert (await client.messages.create(**asking())).stop_reason == "end_turn"
    assert [call.status for call in claude.script.calls] == [status, 200]


async def test_a_lost_connection_is_paid_for_all_the_same(client: anthropic.AsyncAnthropic, claude: Anthropic) -> None:
    claude.script.fail(Fault(Failing.DROP))
    with pytest.raises(anthropic.APIConnectionError):
        await client.messages.create(**asking())
    assert len(claude.script.answered) == 1


async def test_an_answer_can_end_in_the_middle_of_its_json(client: anthropic.AsyncAnthropic, claude: Anthropic) -> None:
    claude.script.fail(Fault(Failing.HALF))
    with pytest.raises(json.JSONDecodeError):
        await client.messages.create(**asking())


async def test_the_ways_in_which_a_model_itself_fails(client: anthropic.AsyncAnthropic, claude: Anthropic) -> None:
    claude.script.fail(
        Fault(Failing.REFUSAL), Fault(Failing.CUT_SHORT), Fault(Failing.WRONG_SHAPE), Fault(Failing.EMPTY)
    )
    refusal = await client.messages.create(**asking())
    assert (refusal.stop_reason, refusal.content) == ("refusal", [])
    assert refusal.stop_details is not None
    cut_short = await client.messages.create(**asking())
    assert cut_short.stop_reason == "max_tokens"
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(cut_short.content[0].text)
    assert await fields(client, asking()) == {"unexpected": ["shape"]}
    assert (await client.messages.create(**asking())).content == []


async def test_a_small_max_tokens_cuts_the_text(client: anthropic.AsyncAnthropic) -> None:
    message = await client.messages.create(**{**asking(), "max_tokens": 5})
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 5)


async def test_a_slow_answer_takes_its_time_on_the_stacks_clock(
    client: anthropic.AsyncAnthropic, claude: Anthropic, clock: VirtualClock
) -> None:
    claude.takes = timedelta(seconds=4)
    claude.script.fail(Fault(slow=timedelta(minutes=2)))
    await client.messages.create(**asking())
    assert clock.now() - START == timedelta(minutes=2, seconds=4)


async def test_faults_can_be_scripted_over_http(client: anthropic.AsyncAnthropic, url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        assert (await http.post("/_dev/faults", json=[{"how": "status", "status": 529}])).json()["faults_waiting"] == 1
        assert (await http.post("/_dev/faults", json=[{"how": "explode"}])).status_code == 400
    with pytest.raises(anthropic.InternalServerError):
        await client.messages.create(**asking())


WRONG: list[tuple[dict[str, Any], int]] = [
    ({"temperature": 1.0}, 400),
    ({"messages": []}, 400),
    ({"messages": [{"role": "assistant", "content": "x"}]}, 400),
    ({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "{"}]}, 400),
    ({"model": "claude-nowhere-9"}, 404),
    ({"max_tokens": 0}, 400),
    ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object", "properties": {}}}}}, 400),
    (
        {"output_config": {"format": {"type": "json_schema", "schema": {"type": "string", "maxLength": 5}}}},
        400,
    ),
]


@pytest.mark.parametrize(("change", "status"), WRONG)
async def test_what_the_real_api_refuses_is_refused_here(
    client: anthropic.AsyncAnthropic, claude: Anthropic, url: str, change: dict[str, Any], status: int
) -> None:
    async with httpx.AsyncClient(base_url=url, headers={"anthropic-version": "2026-10-21", "x-api-key": KEY}) as http:
        answer = await http.post("/v1/messages", json={**asking(), **change})
    assert answer.status_code == status
    assert answer.json()["type"] == "error"
    assert claude.script.calls == []


async def test_a_wrong_key_is_refused_as_authentication(url: str) -> None:
    async with anthropic.AsyncAnthropic(api_key="sk-ant-wrong", base_url=url, max_retries=0) as client:
        with pytest.raises(anthropic.AuthenticationError, match="invalid x-api-key"):
            await client.messages.create(**asking())
