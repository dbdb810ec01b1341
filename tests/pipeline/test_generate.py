"""Having one content written: the calls that are made, the one rewrite, and what it all cost, whatever happens."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dev.clock import VirtualClock
from dev.models.anthropic import Anthropic
from dev.serving import listen, serving, url_of
from lib.adapters.models import WritingAnswer, WritingRequest, fields_of
from lib.adapters.models.anthropic import Claude
from lib.domain.content import check_content
from lib.domain.pricing import Usage
from lib.domain.prompts import PROMPT_VERSION
from lib.domain.schedule import ContentType, Frequency, Rule, Schedule
from lib.errors import Invalid, ModelFailed, ModelFault
from lib.pipeline.generate import WritingFailed, Written, write_content

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DEADLINE = NOW + timedelta(seconds=240)
GOOD, LONG = {"text": "A short post about tea."}, {"text": "가" * 141}


class Clock:
    """Stands still until a call takes time."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Scripted:
    """A writer that answers what it was told to, one call after the other."""

    model = "scripted-1"

    def __init__(self, clock: Clock, *answers: Mapping[str, Any] | ModelFailed, takes: float = 2) -> None:
        self.clock = clock
        self.answers = list(answers)
        self.takes = timedelta(seconds=takes)
        self.requests: list[WritingRequest] = []
        self.patience: list[timedelta] = []

    async def write(self, request: WritingRequest, *, within: timedelta) -> WritingAnswer:
        self.requests.append(request)
        self.patience.append(within)
        self.clock.now += self.takes
        answer = self.answers.pop(0)
        if isinstance(answer, ModelFailed):
            raise answer
        text = json.dumps(answer)
        usage = Usage(fresh_in=100, cache_read=20, out=30)
        number = len(self.requests)
        return WritingAnswer(
            fields_of(text, request.schema), text, self.model, usage, 50 * number, f"req_{number}", "end_turn"
        )

    async def close(self) -> None:
        raise AssertionError("the writer belongs to somebody else")


def schedule(kind: ContentType = ContentType.X_POST, settings: Mapping[str, Any] | None = None) -> Schedule:
    return Schedule(
        id="s1",
        workspace_id="w1",
        name="Morning notes",
        content_type=kind,
        rule=Rule(Frequency.DAILY, "Asia/Seoul", anchor_at=NOW),
        settings={"topic": "tea"} if settings is None else settings,
        is_active=True,
        revision=1,
        next_run_at=NOW,
        late_at=None,
        armed_for=None,
        armed_at=None,
        arm_count=0,
        armed_message_id=None,
        lateness_limit=None,
        lead_time=timedelta(0),
        priority=0,
        max_runs=None,
        run_count=0,
        last_run_at=None,
        total_generated=0,
        total_failed=0,
        consecutive_failures=0,
        deleted_at=None,
        finished_at=None,
        created_at=NOW,
        updated_at=NOW,
        parallelism=1,
        workspace_paused_at=None,
    )


async def written(writer: Scripted, of: Schedule | None = None, due_at: datetime = NOW) -> Written:
    return await write_content(of or schedule(), due_at, writer, writer.clock, DEADLINE)


async def failure(writer: Scripted, of: Schedule | None = None) -> WritingFailed:
    with pytest.raises(WritingFailed) as failed:
        await written(writer, of)
    return failed.value


async def test_a_good_draft_takes_one_call_and_is_measured() -> None:
    writer = Scripted(Clock(), GOOD)
    result = await written(writer)
    assert [content["body"] for content in result.contents] == ["A short post about tea."]
    assert result.measured == {
        "model_attempts": [
            {
                "model": "scripted-1",
                "outcome": "accepted",
                "latency_ms": 2_000,
                "tokens_in": 120,
                "tokens_out": 30,
                "cost": 50,
                "request_id": "req_1",
            }
        ],
        "tokens_in": 120,
        "tokens_out": 30,
        "cost": 50,
        "prompt_version": PROMPT_VERSION,
    }
    assert json.loads(json.dumps(result.measured)) == result.measured


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (ContentType.X_POST, GOOD),
        (ContentType.LINKEDIN_POST, GOOD),
        (ContentType.X_THREAD, {"segments": ["one", "two"]}),
        (ContentType.BLOG_POST, {"title": "Tea", "body": "word " * 100}),
        (ContentType.NEWSLETTER, {"title": "Tea", "body": "word " * 100}),
    ],
)
async def test_every_content_type_is_written(kind: ContentType, fields: Mapping[str, Any]) -> None:
    (content,) = (await written(Scripted(Clock(), fields), schedule(kind))).contents
    assert content["kind"] == kind
    assert content["word_count"] > 0


async def test_the_prompt_has_the_local_date_of_the_occurrence_not_of_the_call() -> None:
    writer = Scripted(Clock(), GOOD)
    await written(writer, due_at=datetime(2026, 11, 19, 20, 0, tzinfo=UTC))  # five in the morning of the 20th in Seoul
    assert "2026-11-20, Friday" in writer.requests[0].turns[0].text


async def test_a_draft_over_the_limit_is_rewritten_once_with_the_reason() -> None:
    writer = Scripted(Clock(), LONG, GOOD)
    result = await written(writer)
    first, second = writer.requests
    assert [turn.role for turn in second.turns] == ["user", "assistant", "user"]
    assert second.turns[:1] == first.turns
    assert json.loads(second.turns[1].text) == LONG
    assert "282 weighted characters; at most 280" in second.turns[2].text
    assert second.system == first.system
    assert [attempt["outcome"] for attempt in result.measured["model_attempts"]] == ["rejected", "accepted"]
    assert result.measured["cost"] == 50 + 100
    assert result.contents[0]["body"] == GOOD["text"]


async def test_a_rewrite_that_is_still_too_long_fails_with_both_calls_paid() -> None:
    failed = await failure(Scripted(Clock(), LONG, LONG, GOOD))
    assert isinstance(failed.cause, ModelFailed)
    assert failed.cause.fault is ModelFault.UNUSABLE
    assert "282 weighted characters" in failed.message
    assert failed.measured["cost"] == 150
    assert [attempt["outcome"] for attempt in failed.measured["model_attempts"]] == ["rejected", "rejected"]


@pytest.mark.parametrize("fault", ModelFault)
async def test_what_a_failed_call_cost_is_not_lost(fault: ModelFault) -> None:
    details = {"tokens_in": 9, "tokens_out": 8, "request_id": "req_x", "estimated": True}
    failed = await failure(Scripted(Clock(), ModelFailed(fault, "no", cost=77, details=details)))
    assert isinstance(failed.cause, ModelFailed)
    assert failed.cause.fault is fault
    assert failed.code == f"model_{fault}"
    assert failed.measured["cost"] == 77
    (attempt,) = failed.measured["model_attempts"]
    assert attempt == {
        "model": "scripted-1",
        "outcome": fault.value,
        "latency_ms": 2_000,
        "tokens_in": 9,
        "tokens_out": 8,
        "cost": 77,
        "request_id": "req_x",
        "estimated": True,
    }


async def test_a_failure_in_the_rewrite_keeps_the_cost_of_the_draft() -> None:
    failed = await failure(Scripted(Clock(), LONG, ModelFailed(ModelFault.TRANSIENT, "busy", cost=3)))
    assert isinstance(failed.cause, ModelFailed)
    assert failed.cause.fault is ModelFault.TRANSIENT
    assert failed.measured["cost"] == 53


async def test_both_calls_share_one_deadline() -> None:
    writer = Scripted(Clock(), LONG, GOOD, takes=100)
    await written(writer)
    assert writer.patience == [timedelta(seconds=240), timedelta(seconds=140)]


async def test_no_call_is_begun_when_the_time_is_up() -> None:
    writer = Scripted(Clock(), LONG, GOOD, takes=238)
    failed = await failure(writer)
    assert len(writer.requests) == 1
    assert isinstance(failed.cause, ModelFailed)
    assert failed.cause.is_transient
    assert failed.measured["cost"] == 50


async def test_an_answer_that_came_after_the_deadline_is_kept_for_it_was_paid() -> None:
    assert (await written(Scripted(Clock(), GOOD, takes=300))).contents


async def test_stored_settings_that_cannot_be_used_fail_before_anything_is_paid() -> None:
    writer = Scripted(Clock(), GOOD)
    failed = await failure(writer, schedule(settings={"promptType": "custom"}))
    assert isinstance(failed.cause, Invalid)
    assert failed.cause.field == "settings.customPrompt"
    assert (writer.requests, failed.measured["cost"], failed.measured["model_attempts"]) == ([], 0, [])


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Our lines, also when some test before has taken the logger away from the root."""
    logger = logging.getLogger("drumbeat")
    caplog.set_level("DEBUG", logger="drumbeat")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


async def test_a_stored_zone_that_no_longer_exists_fails_before_anything_is_paid() -> None:
    gone = schedule()
    failed = await failure(Scripted(Clock(), GOOD), replace(gone, rule=replace(gone.rule, timezone="Mars/Olympus")))
    assert isinstance(failed.cause, Invalid)


async def test_neither_prompt_nor_content_is_logged(logged: pytest.LogCaptureFixture) -> None:
    of = schedule(settings={"topic": "secret-topic", "voice": "secret-voice"})
    await written(Scripted(Clock(), {"text": "secret-draft " * 40}, {"text": "secret-text"}), of)
    await failure(Scripted(Clock(), {"text": "secret-draft " * 40}, {"text": "secret-draft " * 40}), of)
    said = "\n".join(record.getMessage() for record in logged.records)
    assert "model.answered" in said
    assert "draft.rejected" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "raw", [lambda: {"text": "tea\0 and\ud83d\ude00"}, lambda: {"text": "\ufefftea\r\nand\x07 more"}]
)
async def test_what_is_saved_can_be_stored_anywhere(raw: Callable[[], Mapping[str, Any]]) -> None:
    (content,) = (await written(Scripted(Clock(), raw()))).contents
    content["body"].encode()
    assert "\0" not in content["body"]
    assert "\r" not in content["body"]


async def test_claude_writes_every_content_type_in_both_languages_within_the_limits() -> None:
    stand_in, sock = Anthropic(VirtualClock(NOW), "key"), listen()
    writer = Claude(api_key="key", base_url=url_of(sock), name="claude-sonnet-5-5")
    async with serving(stand_in.app, sock):
        for kind in ContentType:
            for language in ("ko", "en"):
                of = schedule(kind, {"topic": "차 한 잔", "language": language})
                result = await write_content(of, NOW, writer, Clock(), DEADLINE)
                assert [check_content(draft) for draft in result.drafts] == [[]]
                assert result.measured["cost"] > 0
        await writer.close()
