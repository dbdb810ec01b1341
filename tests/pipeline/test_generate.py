"""One content, from the settings to the row: what is said to the model, the one rewrite, and what it all cost."""

import json
import logging
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import pytest

from dev.models.script import Failing, Fault, ModelCall
from lib.domain.prompts import PROMPT_VERSION
from tests.pipeline.conftest import Day, says

LONG = says(text="가" * 141)
OF_ATTEMPTS = {"id", "item", "step", "model", "outcome", "latency_ms", "tokens_in", "tokens_out", "cost", "request_id"}


def good(day: Day) -> Fault:
    """Not like anything written on the days before."""
    return says(text=post(day))


def post(day: Day) -> str:
    words = sha256(f"{day.midnight}".encode()).hexdigest()
    return f"Tea {' '.join(words[at : at + 8] for at in range(0, 64, 8))}."


async def performed(day: Day, *answers: Fault, **fields: Any) -> str:
    """The schedule whose 09:00 was performed while Claude answered so; one attempt."""
    schedule = await day.world.create(**fields)
    day.world.stack.models.anthropic.script.fail(*answers)
    day.world.skip(to=day.at(9))
    answer = await day.world.knock(schedule, day.at(9))
    assert answer.status_code in (200, 503), answer.text
    day.world.stack.models.anthropic.script.faults.clear()
    return schedule


async def run_of(day: Day, schedule: str) -> Mapping[str, Any]:
    (run,) = await day.world.runs(schedule)
    return {**run, "model_attempts": json.loads(run["model_attempts"]), "errors": json.loads(run["errors"])}


def calls(day: Day) -> list[ModelCall]:
    return day.world.stack.models.anthropic.script.calls


def said(call: ModelCall) -> list[tuple[str, str]]:
    """Role and text of each turn."""
    turns = [(turn["role"], turn["content"]) for turn in call.request["messages"]]
    return [(role, it if isinstance(it, str) else "\n\n".join(block["text"] for block in it)) for role, it in turns]


async def test_a_good_draft_takes_one_call_and_is_measured(day: Day) -> None:
    schedule = await performed(day, good(day), settings={"topic": "tea"})
    run = await run_of(day, schedule)
    (content,) = await day.world.rows_of(schedule)
    assert (content["body"], content["status"], content["item"]) == (post(day), "draft", 0)
    assert content["verdict"]["passed"]
    assert 0 < content["score"] <= 100
    assert content["angle"]
    assert content["memory"] == post(day).lower().rstrip(".")
    assert content["meta"]["model"] == "anthropic/claude-sonnet-5-5"
    (attempt,) = run["model_attempts"]
    assert attempt.keys() == OF_ATTEMPTS
    assert (attempt["item"], attempt["step"], attempt["outcome"]) == (0, 0, "accepted")
    assert (run["tokens_in"], run["tokens_out"]) == (attempt["tokens_in"], attempt["tokens_out"])
    assert run["cost"] == attempt["cost"] > 0
    assert (run["prompt_version"], run["items_failed"], run["errors"]) == (PROMPT_VERSION, 0, [])


@pytest.mark.parametrize("kind", ["x_post", "x_thread", "blog_post", "newsletter", "linkedin_post"])
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_every_content_type_is_written_in_both_languages(day: Day, kind: str, language: str) -> None:
    settings = {"topic": "차 한 잔" if language == "ko" else "a cup of tea", "language": language}
    schedule = await performed(day, contentType=kind, settings=settings)
    (content,) = await day.world.rows_of(schedule)
    assert (content["kind"], content["status"], content["verdict"]["objections"]) == (kind, "draft", [])
    assert content["word_count"] > 0


async def test_the_prompt_has_the_local_date_of_the_occurrence_not_of_the_call(day: Day) -> None:
    schedule = await day.world.create(frequency="daily", timezone="Asia/Seoul", timeOfDay="07:00")
    day.world.skip(to=day.at(22, 30))
    await day.world.knock(schedule, day.at(22))
    ((_, text),) = said(calls(day)[-1])
    assert f"{day.at(24):%Y-%m-%d, %A}, 07:00" in text  # tomorrow's, in Seoul


async def test_a_draft_over_the_limit_is_rewritten_once_with_the_reason(day: Day) -> None:
    before = len(calls(day))
    schedule = await performed(day, LONG, good(day))
    first, second = calls(day)[before:]
    (_, asked), (_, draft), (_, reason) = said(second)
    assert said(first) == [("user", asked)]
    assert json.loads(draft) == {"text": "가" * 141}
    assert "282 weighted characters; at most 280" in reason
    assert second.request["system"] == first.request["system"]
    run = await run_of(day, schedule)
    assert [(it["step"], it["outcome"]) for it in run["model_attempts"]] == [(0, "rejected"), (1, "accepted")]
    assert run["cost"] == sum(it["cost"] for it in run["model_attempts"])
    (content,) = await day.world.rows_of(schedule)
    assert (content["body"], content["status"]) == (post(day), "draft")


async def test_a_rewrite_that_a_gate_objects_to_as_well_waits_for_a_person(day: Day) -> None:
    before = len(calls(day))
    schedule = await performed(day, LONG, says(text="나" * 150), good(day))
    assert len(calls(day)) - before == 2  # and is not written a third time
    assert await day.world.story(schedule) == ["09:00 succeeded"]
    (content,) = await day.world.rows_of(schedule)
    assert (content["body"], content["status"]) == ("나" * 150, "needs_review")
    (objection,) = content["verdict"]["objections"]
    assert (objection["gate"], objection["where"]) == ("limits", "post")
    run = await run_of(day, schedule)
    assert [it["outcome"] for it in run["model_attempts"]] == ["rejected", "rejected"]


@pytest.mark.parametrize("how", [Fault(Failing.STATUS, 529), Fault(Failing.REFUSAL), Fault(Failing.WRONG_SHAPE)])
async def test_a_rewrite_that_cannot_be_had_leaves_the_draft_to_a_person(day: Day, how: Fault) -> None:
    schedule = await performed(day, LONG, how)
    assert await day.world.story(schedule) == ["09:00 succeeded"]
    (content,) = await day.world.rows_of(schedule)
    assert (content["body"], content["status"]) == ("가" * 141, "needs_review")


async def test_a_draft_too_long_to_be_shown_again_is_written_anew_for_the_same_reason(day: Day) -> None:
    schedule = await performed(day, says(text="far too long " * 400), good(day))
    ((role, text),) = said(calls(day)[-1])
    assert role == "user"
    assert "at most 280" in text
    assert "far too long" not in text
    assert [row["status"] for row in await day.world.rows_of(schedule)] == ["draft"]


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        (Fault(Failing.REFUSAL), "refused"),
        (Fault(Failing.CUT_SHORT), "unusable"),
        (Fault(Failing.NO_JSON), "unusable"),
        (Fault(Failing.DROP), "transient"),
    ],
)
async def test_what_a_failed_call_cost_is_not_lost(day: Day, how: Fault, outcome: str) -> None:
    schedule = await performed(day, how)
    run = await run_of(day, schedule)
    (attempt,) = run["model_attempts"]
    assert attempt["outcome"] == outcome
    assert run["cost"] == attempt["cost"] > 0
    assert [it["code"] for it in run["errors"]] == [f"model_{outcome}"]


async def test_stored_settings_that_cannot_be_used_fail_before_anything_is_paid(day: Day) -> None:
    before = len(calls(day))
    schedule = await day.world.create()
    await day.world.write('update app.schedules set settings = \'{"promptType": "custom"}\' where id = $1', schedule)
    day.world.skip(to=day.at(9))
    await day.world.knock(schedule, day.at(9))
    assert await day.world.story(schedule) == ["09:00 failed: invalid"]
    assert len(calls(day)) == before


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Our lines, also when some test before has taken the logger away from the root."""
    logger = logging.getLogger("drumbeat")
    caplog.set_level("DEBUG", logger="drumbeat")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


async def test_neither_prompt_nor_content_nor_what_may_not_be_said_is_logged(
    day: Day, logged: pytest.LogCaptureFixture
) -> None:
    settings = {"topic": "secret-topic", "voice": "secret-voice", "neverSay": ["secret-phrase"]}
    await performed(day, says(text="secret-phrase " * 3), says(text="secret-phrase " * 40), settings=settings)
    lines = "\n".join(record.getMessage() for record in logged.records)
    assert "model.answered" in lines
    assert "draft.rejected" in lines
    assert "content.needs_review" in lines
    assert "secret" not in lines


@pytest.mark.parametrize("text", ["tea\0 and\ud83d\ude00", "\ufefftea\r\nand\x07 more", "half \ud83d only"])
async def test_whatever_a_model_says_can_be_kept_and_saved(day: Day, text: str) -> None:
    schedule = await performed(day, says(text=f"{post(day)} {text}"), good(day))
    assert await day.world.story(schedule) == ["09:00 succeeded"]
    (content,) = await day.world.rows_of(schedule)
    content["body"].encode()
    assert content["status"] == "draft"
