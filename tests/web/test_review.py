"""A text that a gate objects to even when rewritten waits for a person, with the reasons; their word is the last."""

import json
from typing import Any

import pytest

from dev.models.script import Fault
from tests.web.client import Client

SAYS_IT = Fault(says=json.dumps({"text": "A cheap cup of tea is still a cup of tea, and it warms both hands."}))


@pytest.fixture
async def waiting(ada: Client) -> dict[str, Any]:
    """A text of ada's that says what she never says."""
    schedule = await ada.create(settings={"topic": "tea", "neverSay": ["cheap"]})
    ada.stack.models.anthropic.script.fail(SAYS_IT, SAYS_IT)
    run = (await ada.post("/api/schedule/run", {"scheduleId": schedule["id"]}))["run"]
    (content,) = run["contents"]
    found: dict[str, Any] = content
    return found


async def test_it_waits_with_the_reasons_and_what_was_tried(ada: Client, waiting: dict[str, Any]) -> None:
    assert waiting["status"] == "needs_review"
    assert waiting["verdict"]["passed"] is False
    (objection,) = waiting["verdict"]["objections"]
    assert (objection["gate"], objection["where"]) == ("never_say", "post")
    assert "cheap" in objection["message"]
    assert waiting["model"] == "anthropic/claude-sonnet-5-5"
    assert 0 <= waiting["score"] <= 100
    attempts = (await ada.get(f"/api/runs/{waiting['runId']}"))["run"]["modelAttempts"]
    assert [(it["step"], it["outcome"]) for it in attempts] == [(0, "rejected"), (1, "rejected")]
    assert all(it["costMicroUsd"] > 0 for it in attempts)


async def test_what_waits_is_counted_and_listed(ada: Client, waiting: dict[str, Any]) -> None:
    assert (await ada.workspace())["usage"]["needsReview"] == 1
    assert (await ada.get("/api/contents", status="needs_review"))["contents"] == [waiting]
    assert (await ada.get("/api/contents", status="draft"))["contents"] == []
    await ada.post("/api/content/approve", {"contentId": waiting["id"]})
    assert (await ada.workspace())["usage"]["needsReview"] == 0
    error = await ada.refused(422, "/api/contents?status=lost")
    assert error["details"]["field"] == "status"


async def test_approved_it_is_a_draft_like_any_other(ada: Client, waiting: dict[str, Any]) -> None:
    named = {"contentId": waiting["id"]}
    approved = await ada.post("/api/content/approve", named)
    decided = {"status": "draft", "decidedAt": approved["content"]["decidedAt"]}
    assert approved == {"outcome": "approved", "content": {**waiting, **decided}, "publications": []}
    assert approved["content"]["decidedAt"] is not None
    assert await ada.post("/api/content/approve", named) == approved


async def test_rejected_it_stays_rejected(ada: Client, waiting: dict[str, Any]) -> None:
    named = {"contentId": waiting["id"]}
    rejected = await ada.post("/api/content/reject", named)
    assert (rejected["outcome"], rejected["content"]["status"]) == ("rejected", "rejected")
    assert await ada.post("/api/content/reject", named) == rejected
    error = await ada.refused(409, "/api/content/approve", named)
    assert (error["code"], error["details"]["status"]) == ("content_status", "rejected")


async def test_a_text_that_passed_says_so_and_can_still_be_rejected(ada: Client) -> None:
    run = (await ada.post("/api/schedule/run", {"scheduleId": (await ada.create())["id"]}))["run"]
    (content,) = run["contents"]
    assert (content["status"], content["verdict"]["passed"], content["verdict"]["objections"]) == ("draft", True, [])
    assert content["angle"]
    rejected = await ada.post("/api/content/reject", {"contentId": content["id"]})
    assert rejected["content"]["status"] == "rejected"


async def test_one_text_said_twice_names_the_one_before(ada: Client) -> None:
    named = {"scheduleId": (await ada.create())["id"]}
    first = (await ada.post("/api/schedule/run", named))["run"]["contents"][0]
    ada.stack.models.anthropic.script.fail(*[Fault(says=json.dumps({"text": first["body"]}))] * 2)
    again = (await ada.post("/api/schedule/run", named))["run"]["contents"][0]
    assert (again["status"], again["verdict"]["objections"][0]["gate"]) == ("needs_review", "duplicate")
    likeness = again["verdict"]["likeness"]
    assert (likeness["percent"], likeness["contentId"]) == (100, first["id"])
    assert likeness["on"] == first["createdAt"][:10]


@pytest.mark.parametrize("verb", ["approve", "reject"])
@pytest.mark.parametrize("value", ["", "x", 5, None, [], "../1"])
async def test_what_is_no_id_is_refused_by_name(anybody: Client, verb: str, value: object) -> None:
    error = await anybody.refused(422, f"/api/content/{verb}", {"contentId": value})
    assert error["details"]["field"] == "contentId"
