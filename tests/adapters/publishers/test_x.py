"""X: what is posted, what each of its refusals means, and how a post is found again."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from lib.adapters.publishers import Secrets
from lib.adapters.publishers.x import X, comparable
from lib.domain.account import Platform
from lib.domain.credentials import Grant
from lib.domain.publication import Sent
from lib.errors import PublishFault
from tests.adapters.publishers.samples import (
    NOW,
    PATIENCE,
    POST,
    SECRET,
    THREAD,
    account,
    everything_told,
    failure_of,
    target,
)

API = "https://api.x.example"
SECRETS = {"access_token": SECRET, "refresh_token": "r3fresh"}
ACCOUNT = account(Platform.X, "42")
TARGET = target(ACCOUNT, SECRETS)
PROBLEM = "https://api.x.com/2/problems"
TIMELINE = f"{API}/2/users/42/tweets"
SOON = int(NOW.timestamp()) + 600


async def refresh(platform: Platform, secrets: Secrets, now: datetime, within: timedelta) -> Grant:
    return Grant({**secrets, "access_token": f"new at {platform}"}, now + timedelta(hours=2))


@pytest.fixture
async def x() -> AsyncIterator[X]:
    async with httpx.AsyncClient() as http:
        yield X(lambda: http, API, "https://x.example", refresh)


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def posted(text: str, post_id: str = "1001", **entities: Any) -> dict[str, Any]:
    return {"id": post_id, "text": text, "edit_history_tweet_ids": [post_id], "entities": entities}


def timeline(*posts: Mapping[str, Any], next_token: str | None = None) -> dict[str, Any]:
    meta: dict[str, Any] = {"result_count": len(posts)}
    if next_token:
        meta["next_token"] = next_token
    return {"data": list(posts), "meta": meta} if posts else {"meta": meta}


async def test_a_post_is_its_text_and_nothing_more(x: X, wire: respx.MockRouter) -> None:
    route = wire.post(f"{API}/2/tweets").respond(201, json={"data": {"id": "1001", "text": POST.body}})
    (part,) = x.parts_of(POST, ACCOUNT)
    assert await x.send(part, TARGET, NOW, PATIENCE) == Sent("1001", "https://x.example/i/status/1001")
    asked = route.calls.last.request
    assert json.loads(asked.content) == {"text": POST.body}
    assert asked.headers["authorization"] == f"Bearer {SECRET}"


async def test_a_thread_is_replies_each_to_the_one_before(x: X, wire: respx.MockRouter) -> None:
    route = wire.post(f"{API}/2/tweets").respond(201, json={"data": {"id": "1003"}})
    parts = x.parts_of(THREAD, ACCOUNT)
    await x.send(parts[2], target(ACCOUNT, SECRETS, Sent("1001"), Sent("1002")), NOW, PATIENCE)
    assert [part.payload["text"] for part in parts] == list(THREAD.segments)
    assert json.loads(route.calls.last.request.content) == {
        "text": "And patience.",
        "reply": {"in_reply_to_tweet_id": "1002"},
    }


def test_a_key_stays_for_a_repetition_and_changes_with_the_text(x: X) -> None:
    keys = [part.key for part in x.parts_of(THREAD, ACCOUNT)]
    assert keys == [part.key for part in x.parts_of(THREAD, ACCOUNT)]
    assert len({*keys, *(part.key for part in x.parts_of(replace(THREAD, version=2), ACCOUNT))}) == 6
    assert not any(set(":.") & set(key) for key in keys)


def test_a_link_is_told_because_it_costs(x: X) -> None:
    linked = replace(THREAD, segments=("See tea.example.com/pot now.", "No link, e.g. this."))
    assert [part.has_link for part in x.parts_of(linked, ACCOUNT)] == [True, False]


async def test_what_does_not_fit_is_never_sent(x: X) -> None:
    async def parts() -> None:
        x.parts_of(replace(POST, body="차" * 141), ACCOUNT)

    failed = await failure_of(parts())
    assert failed.fault is PublishFault.UNFIT
    assert "280" in failed.reason


@pytest.mark.parametrize(
    "said",
    [
        httpx.Response(201, json={"errors": [{"message": "something", "title": "Odd"}]}),
        httpx.Response(201, json={"data": {"id": None}}),
        httpx.Response(201, json={"data": {"id": "../../evil"}}),
        httpx.Response(200, content=b"<html>"),
    ],
)
async def test_an_acceptance_without_an_id_is_unknown(said: httpx.Response, x: X, wire: respx.MockRouter) -> None:
    wire.post(f"{API}/2/tweets").mock(return_value=said)
    (part,) = x.parts_of(POST, ACCOUNT)
    assert (await failure_of(x.send(part, TARGET, NOW, PATIENCE))).fault is PublishFault.UNKNOWN


async def test_an_acceptance_with_errors_beside_it_is_one(x: X, wire: respx.MockRouter) -> None:
    wire.post(f"{API}/2/tweets").respond(201, json={"data": {"id": "7"}, "errors": [{"detail": "no place"}]})
    (part,) = x.parts_of(POST, ACCOUNT)
    assert (await x.send(part, TARGET, NOW, PATIENCE)).external_id == "7"


def problem(detail: str, kind: str = "about:blank", **more: Any) -> dict[str, Any]:
    return {"title": "Forbidden", "detail": detail, "type": kind if ":" in kind else f"{PROBLEM}/{kind}", **more}


DUPLICATE = problem("You are not allowed to create a Tweet with duplicate content.")


@pytest.mark.parametrize(
    ("status", "said", "fault"),
    [
        (400, problem("The 'text' parameter is too long.", "invalid-request"), PublishFault.REFUSED),
        (401, {"title": "Unauthorized", "type": "about:blank", "status": 401}, PublishFault.UNAUTHORIZED),
        (402, problem("does not have any credits", "credits", title="CreditsDepleted"), PublishFault.CONFIGURATION),
        (403, problem("You are not permitted to perform this action."), PublishFault.REFUSED),
        (403, problem("in a group", "not-authorized-for-resource"), PublishFault.REFUSED),
        (403, DUPLICATE, PublishFault.UNKNOWN),
        (403, problem("not enrolled", "client-forbidden", reason="client-not-enrolled"), PublishFault.CONFIGURATION),
        (403, problem("app permissions", "oauth1-permissions"), PublishFault.CONFIGURATION),
        (403, problem("Application-Only is forbidden", "unsupported-authentication"), PublishFault.CONFIGURATION),
        (403, problem("Your account is suspended and is not permitted to do this."), PublishFault.UNAUTHORIZED),
        (403, problem("To protect our users, your account is temporarily locked."), PublishFault.UNAUTHORIZED),
        (403, problem("User is over daily status update limit."), PublishFault.THROTTLED),
        (429, problem("Too Many Requests"), PublishFault.THROTTLED),
        (429, problem("cap", "usage-capped", title="UsageCapExceeded", period="Monthly"), PublishFault.THROTTLED),
        (403, problem("spend cap", "credits", title="SpendCapReached"), PublishFault.THROTTLED),
        (500, problem("Internal error"), PublishFault.UNKNOWN),
        (503, problem("Over capacity"), PublishFault.UNKNOWN),
    ],
)
async def test_each_refusal_has_its_meaning(
    status: int, said: dict[str, Any], fault: PublishFault, x: X, wire: respx.MockRouter
) -> None:
    wire.post(f"{API}/2/tweets").respond(status, json=said)
    (part,) = x.parts_of(POST, ACCOUNT)
    failed = await failure_of(x.send(part, TARGET, NOW, PATIENCE))
    assert failed.fault is fault
    assert failed.reason == said.get("detail", said["title"])
    assert SECRET not in everything_told(failed)


async def test_a_refused_repetition_says_that_it_is_one(x: X, wire: respx.MockRouter) -> None:
    wire.post(f"{API}/2/tweets").respond(403, json=DUPLICATE)
    (part,) = x.parts_of(POST, ACCOUNT)
    assert (await failure_of(x.send(part, TARGET, NOW, PATIENCE))).details["duplicate"] is True


async def test_the_first_error_is_told_beside_the_sum_of_them(x: X, wire: respx.MockRouter) -> None:
    said = problem("One or more parameters was invalid.", "invalid-request", errors=[{"message": "text is blank"}])
    wire.post(f"{API}/2/tweets").respond(400, json=said)
    (part,) = x.parts_of(POST, ACCOUNT)
    failed = await failure_of(x.send(part, TARGET, NOW, PATIENCE))
    assert failed.reason == "One or more parameters was invalid.: text is blank"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(SOON)}, timedelta(minutes=10)),
        (
            {
                "x-rate-limit-remaining": "3",
                "x-rate-limit-reset": str(SOON),
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": str(SOON + 3600),
            },
            timedelta(minutes=70),
        ),
        ({"x-rate-limit-reset": str(SOON), "x-app-limit-24hour-reset": str(SOON + 60)}, timedelta(minutes=10)),
        ({"retry-after": "33"}, timedelta(seconds=33)),
        ({}, None),
    ],
)
async def test_the_window_that_is_used_up_says_how_long_to_wait(
    headers: dict[str, str], wait: timedelta | None, x: X, wire: respx.MockRouter
) -> None:
    wire.post(f"{API}/2/tweets").respond(429, json=problem("Too Many Requests"), headers=headers)
    (part,) = x.parts_of(POST, ACCOUNT)
    assert (await failure_of(x.send(part, TARGET, NOW, PATIENCE))).retry_after == wait


@pytest.mark.parametrize(
    ("more", "until"),
    [
        ({"period": "Monthly"}, datetime(2026, 12, 1, tzinfo=UTC)),
        ({"period": "Daily"}, datetime(2026, 11, 22, tzinfo=UTC)),
        ({"reset_date": "2026-11-28"}, datetime(2026, 11, 28, tzinfo=UTC)),
        ({}, NOW + timedelta(hours=6)),
    ],
)
async def test_a_cap_waits_for_the_next_period(
    more: dict[str, str], until: datetime, x: X, wire: respx.MockRouter
) -> None:
    said = problem("Usage cap exceeded", "usage-capped", title="UsageCapExceeded", **more)
    wire.post(f"{API}/2/tweets").respond(429, json=said)
    (part,) = x.parts_of(POST, ACCOUNT)
    failed = await failure_of(x.send(part, TARGET, NOW, PATIENCE))
    assert failed.retry_after == until - NOW


async def test_a_post_is_found_by_its_text_since_it_was_written(x: X, wire: respx.MockRouter) -> None:
    route = wire.get(TIMELINE).respond(200, json=timeline(posted("Another."), posted(POST.body, "1002")))
    (part,) = x.parts_of(POST, ACCOUNT)
    found = await x.find(part, TARGET, NOW, PATIENCE)
    assert found == Sent("1002", "https://x.example/i/status/1002")
    assert dict(route.calls.last.request.url.params) == {
        "max_results": "100",
        "start_time": "2026-11-21T09:00:00Z",
        "tweet.fields": "entities",
        "exclude": "retweets",
    }


async def test_a_content_written_long_ago_is_looked_for_a_day_back(x: X, wire: respx.MockRouter) -> None:
    route = wire.get(TIMELINE).respond(200, json=timeline())
    (part,) = x.parts_of(replace(POST, written_at=NOW - timedelta(days=90)), ACCOUNT)
    assert await x.find(part, TARGET, NOW, PATIENCE) is None
    assert route.calls.last.request.url.params["start_time"] == "2026-11-20T12:00:00Z"


LINKED = "Tea & water <3, see https://tea.example.com/pot?a=1&copy=2 and example.com/ now."


async def test_short_links_and_escapes_are_undone_before_texts_are_compared(x: X, wire: respx.MockRouter) -> None:
    as_x_shows_it = posted(
        "Tea &amp; water &lt;3, see https://t.co/aaa and https://t.co/bbb now.",
        urls=[
            {"url": "https://t.co/aaa", "expanded_url": "https://tea.example.com/pot?a=1&copy=2"},
            {"url": "https://t.co/bbb", "expanded_url": "http://example.com/"},
        ],
    )
    wire.get(TIMELINE).respond(200, json=timeline(as_x_shows_it))
    (part,) = x.parts_of(replace(POST, body=LINKED), ACCOUNT)
    assert await x.find(part, TARGET, NOW, PATIENCE) is not None


@pytest.mark.parametrize(
    "other",
    [
        "Tea tastes of the water it was made with!",
        "Tea tastes of the water",
        "Tea tastes of the water it was made with. https://t.co/x",
    ],
)
async def test_a_text_that_is_only_like_it_is_not_it(other: str, x: X, wire: respx.MockRouter) -> None:
    wire.get(TIMELINE).respond(200, json=timeline(posted(other)))
    (part,) = x.parts_of(POST, ACCOUNT)
    assert await x.find(part, TARGET, NOW, PATIENCE) is None


def test_what_leads_elsewhere_is_not_the_same() -> None:
    assert comparable("see https://a.example/b") != comparable("see https://a.example/c")
    assert comparable("this and/or that") != comparable("this andor that")
    assert comparable("See HTTPS://A.example/ now") == comparable("see a.example now")


async def test_a_part_that_is_known_to_be_out_is_not_another_one(x: X, wire: respx.MockRouter) -> None:
    wire.get(TIMELINE).respond(200, json=timeline(posted(THREAD.segments[1], "1001")))
    part = x.parts_of(THREAD, ACCOUNT)[1]
    assert await x.find(part, target(ACCOUNT, SECRETS, Sent("1001")), NOW, PATIENCE) is None


async def test_later_pages_are_read_too(x: X, wire: respx.MockRouter) -> None:
    pages = [
        httpx.Response(200, json=timeline(posted("Another."), next_token="n1")),
        httpx.Response(200, json=timeline(posted(POST.body, "1002"))),
    ]
    route = wire.get(TIMELINE).mock(side_effect=pages)
    (part,) = x.parts_of(POST, ACCOUNT)
    found = await x.find(part, TARGET, NOW, PATIENCE)
    assert found is not None
    assert found.external_id == "1002"
    assert route.calls.last.request.url.params["pagination_token"] == "n1"


async def test_too_many_posts_to_look_through_is_not_an_absence(x: X, wire: respx.MockRouter) -> None:
    wire.get(TIMELINE).respond(200, json=timeline(posted("Another."), next_token="more"))
    (part,) = x.parts_of(POST, ACCOUNT)
    failed = await failure_of(x.find(part, TARGET, NOW, PATIENCE))
    assert failed.fault is PublishFault.UNSENT


@pytest.mark.parametrize(
    "said",
    [
        httpx.Response(200, json={"errors": [{"detail": "Could not find user", "type": f"{PROBLEM}/not-found"}]}),
        httpx.Response(200, content=b""),
        httpx.Response(503),
    ],
)
async def test_an_account_that_cannot_be_read_is_not_an_absence(
    said: httpx.Response, x: X, wire: respx.MockRouter
) -> None:
    wire.get(TIMELINE).mock(return_value=said)
    (part,) = x.parts_of(POST, ACCOUNT)
    failed = await failure_of(x.find(part, TARGET, NOW, PATIENCE))
    assert failed.fault is PublishFault.UNSENT


async def test_an_account_is_known_by_its_number_and_shown_by_its_name(x: X, wire: respx.MockRouter) -> None:
    wire.get(f"{API}/2/users/me").respond(200, json={"data": {"id": "42", "name": "Tea", "username": "tea"}})
    identified = await x.identify(SECRETS, {}, PATIENCE)
    assert (identified.name, identified.external_id) == ("@tea", "42")


@pytest.mark.parametrize("said", [{}, {"data": {"id": "42"}}, {"data": {"id": 42, "username": "tea"}}])
async def test_an_answer_without_an_account_is_none(said: dict[str, Any], x: X, wire: respx.MockRouter) -> None:
    wire.get(f"{API}/2/users/me").respond(200, json=said)
    assert (await failure_of(x.identify(SECRETS, {}, PATIENCE))).fault is PublishFault.UNSENT


async def test_its_tokens_are_renewed_by_oauth(x: X) -> None:
    grant = await x.renew(SECRETS, ACCOUNT, NOW, PATIENCE)
    assert grant.secrets == {"access_token": "new at x", "refresh_token": "r3fresh"}
