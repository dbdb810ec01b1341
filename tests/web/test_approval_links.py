"""A link lets somebody without a login decide about one version of one text, once, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from lib.app import create_app
from lib.domain.approval_link import ApprovalLink, sign_link
from lib.settings import Settings
from tests.web.client import Client
from tests.web.test_editing import FINE, edit, write

READ, DECIDE, MAKE = "/api/approval/read", "/api/approval/decide", "/api/content/approval-link"
CHEAP = "A cheap cup of tea is still a cup of tea, and it warms both hands."


@pytest.fixture
async def content(ada: Client) -> Any:
    """A text of ada's that waits for somebody's word."""
    return (await edit(ada, await write(ada), body=CHEAP))["content"]


@pytest.fixture
async def reviewer(ada: Client) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without login, token or cookie."""
    async with httpx.AsyncClient(base_url=ada.stack.url, timeout=30) as http:
        yield http


async def link(client: Client, content: Any, **more: Any) -> Any:
    return await client.post(MAKE, {"contentId": content["id"], **more})


async def token_of(client: Client, content: Any, **more: Any) -> str:
    return str((await link(client, content, **more))["url"].partition("#")[2])


async def ask(reviewer: httpx.AsyncClient, path: str, **body: Any) -> Any:
    reply = await reviewer.post(path, json=body)
    assert reply.status_code == 200, reply.text
    assert "set-cookie" not in reply.headers
    assert reply.headers["cache-control"] == "no-store"
    return reply.json()


async def refused(reviewer: httpx.AsyncClient, status: int, path: str, **body: Any) -> Any:
    reply = await reviewer.post(path, json=body)
    assert reply.status_code == status, reply.text
    return reply.json()["error"]


async def status_of(client: Client, content: Any) -> str:
    return str((await client.get(f"/api/contents/{content['id']}"))["content"]["status"])


async def test_a_link_shows_the_text_and_lets_its_bearer_approve(
    ada: Client, content: Any, reviewer: httpx.AsyncClient
) -> None:
    made = await link(ada, content)
    address, _, token = made["url"].partition("#")
    assert address == f"{ada.stack.url}/approval"
    shown = await ask(reviewer, READ, token=token)
    assert (shown["state"], shown["decision"], shown["expiresAt"]) == ("open", None, made["expiresAt"])
    assert shown["content"] == {
        name: content[name] for name in ("kind", "title", "body", "segments", "approveBy", "onDeadline", "createdAt")
    }
    assert await ask(reviewer, DECIDE, token=token, decision="approve") == {"outcome": "approved"}
    assert await status_of(ada, content) == "draft"


async def test_a_no_comes_with_a_note_for_colleagues(ada: Client, content: Any, reviewer: httpx.AsyncClient) -> None:
    token = await token_of(ada, content)
    assert await ask(reviewer, DECIDE, token=token, decision="reject", note="too cheap") == {"outcome": "rejected"}
    decided = (await ada.get(f"/api/contents/{content['id']}"))["content"]
    assert (decided["status"], decided["decisionNote"]) == ("rejected", "too cheap")


async def test_it_decides_once_and_the_same_decision_again_is_answered_alike(
    ada: Client, content: Any, reviewer: httpx.AsyncClient
) -> None:
    token = await token_of(ada, content)
    for _ in range(2):
        assert (await ask(reviewer, DECIDE, token=token, decision="approve"))["outcome"] == "approved"
    assert (await refused(reviewer, 409, DECIDE, token=token, decision="reject"))["code"] == "link_used"
    shown = await ask(reviewer, READ, token=token)
    assert (shown["state"], shown["decision"], shown["content"]) == ("used", "approve", None)
    assert await status_of(ada, content) == "draft"


async def test_of_two_at_once_one_decides(ada: Client, content: Any, reviewer: httpx.AsyncClient) -> None:
    one, other = await token_of(ada, content), await token_of(ada, content)
    bodies = [{"token": one, "decision": "approve"}, {"token": other, "decision": "reject"}] * 3
    replies = await asyncio.gather(*(reviewer.post(DECIDE, json=body) for body in bodies))
    answers = {reply.json().get("outcome") for reply in replies} - {None}
    assert len(answers) == 1
    assert {reply.status_code for reply in replies} == {200, 409}
    assert await status_of(ada, content) == {"approved": "draft", "rejected": "rejected"}[answers.pop()]


async def test_an_edit_makes_it_void(ada: Client, content: Any, reviewer: httpx.AsyncClient) -> None:
    token = await token_of(ada, content)
    await edit(ada, content, body=f"{CHEAP} Really.")
    assert (await ask(reviewer, READ, token=token))["state"] == "void"
    assert (await refused(reviewer, 409, DECIDE, token=token, decision="approve"))["code"] == "link_void"
    assert await status_of(ada, content) == "needs_review"


async def test_what_somebody_else_has_decided_cannot_be_decided_again(
    ada: Client, content: Any, reviewer: httpx.AsyncClient
) -> None:
    token = await token_of(ada, content)
    await ada.post("/api/content/reject", {"contentId": content["id"]})
    shown = await ask(reviewer, READ, token=token)
    assert (shown["state"], shown["content"]) == ("decided", None)
    assert (await refused(reviewer, 409, DECIDE, token=token, decision="approve"))["code"] == "link_decided"
    assert await status_of(ada, content) == "rejected"


async def test_its_time_is_over_one_day(ada: Client, content: Any, reviewer: httpx.AsyncClient) -> None:
    token = await token_of(ada, content, lasts="PT5M")
    await ada.stack.advance(timedelta(minutes=6))
    shown = await ask(reviewer, READ, token=token)
    assert (shown["state"], shown["content"]) == ("expired", None)
    assert (await refused(reviewer, 409, DECIDE, token=token, decision="approve"))["code"] == "link_expired"
    assert await status_of(ada, content) == "needs_review"


@pytest.mark.parametrize("path", [READ, DECIDE])
async def test_a_link_that_was_tampered_with_is_none(
    ada: Client, content: Any, reviewer: httpx.AsyncClient, path: str
) -> None:
    token = await token_of(ada, content)
    more = {"decision": "approve"} if path == DECIDE else {}
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        changed = token[:place] + other + token[place + 1 :]
        assert (await refused(reviewer, 404, path, token=changed, **more))["code"] == "link_not_found"
    for nothing in ("x", token[:-1], token + "A", content["id"]):
        assert (await refused(reviewer, 404, path, token=nothing, **more))["code"] == "link_not_found"
    assert await status_of(ada, content) == "needs_review"


async def test_one_that_we_signed_and_do_not_know_is_none_either(ada: Client, reviewer: httpx.AsyncClient) -> None:
    unknown = ApprovalLink("00000000-0000-4000-8000-000000000000", datetime.fromisoformat("2027-01-01T00:00:00Z"))
    token = sign_link(unknown, ada.stack.app.state.services.settings.sealing_keys)
    assert (await refused(reviewer, 404, READ, token=token))["code"] == "link_not_found"


@pytest.mark.parametrize("path", [READ, DECIDE])
async def test_reading_an_address_decides_nothing(reviewer: httpx.AsyncClient, path: str) -> None:
    reply = await reviewer.get(path)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (READ, {}, "token"),
        (READ, {"token": ""}, "token"),
        (READ, {"token": "x" * 201}, "token"),
        (DECIDE, {"token": "x"}, "decision"),
        (DECIDE, {"token": "x", "decision": "maybe"}, "decision"),
        (DECIDE, {"token": "x", "decision": "approve", "note": "x" * 2001}, "note"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_its_name(
    reviewer: httpx.AsyncClient, path: str, body: dict[str, Any], field: str
) -> None:
    assert (await refused(reviewer, 422, path, **body))["details"]["field"] == field


@pytest.mark.parametrize("lasts", ["PT1M", "P31D", "PT0S"])
async def test_a_link_lasts_minutes_to_a_month(ada: Client, content: Any, lasts: str) -> None:
    error = await ada.refused(422, MAKE, {"contentId": content["id"], "lasts": lasts})
    assert error["details"]["field"] == "lasts"


async def test_there_is_no_link_to_what_nobody_has_to_decide(ada: Client) -> None:
    written = await write(ada)
    error = await ada.refused(409, MAKE, {"contentId": written["id"]})
    assert (error["code"], error["details"]["status"]) == ("content_status", "draft")


async def test_anothers_text_gets_no_link(bob: Client, content: Any) -> None:
    real = await bob.refused(404, MAKE, {"contentId": content["id"]})
    assert real == await bob.refused(404, MAKE, {"contentId": "00000000-0000-4000-8000-000000000000"})


@pytest.mark.parametrize(("path", "more"), [(READ, {}), (DECIDE, {"decision": "approve"})])
async def test_without_keys_no_link_opens(path: str, more: dict[str, str]) -> None:
    app = create_app(Settings())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://drum.example") as web:
        assert (await refused(web, 503, path, token="x", **more))["code"] == "not_configured"


async def test_what_a_link_shows_is_a_text_and_nothing_else_of_the_workspace(
    ada: Client, content: Any, reviewer: httpx.AsyncClient
) -> None:
    shown = await reviewer.post(READ, json={"token": await token_of(ada, content)})
    told = shown.text
    assert FINE not in told
    workspace = await ada.workspace()
    for secret in (workspace["id"], workspace["name"], content["id"], content["scheduleId"], ada.email):
        assert secret not in told
