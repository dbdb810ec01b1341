"""Access in a person's name: the page they are sent to, the tokens that come of it, and their renewal."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import respx

from lib.adapters.oauth import OAuth, Registration
from lib.domain.account import Platform
from lib.errors import NotConfigured, PublishFault
from tests.adapters.publishers.samples import everything_told, failure_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PATIENCE = timedelta(seconds=5)
OURS = Registration("our-id", "our:s3cret", ("X_CLIENT_ID",), "https://x.example", "https://api.x.example")
TOKEN_URL = "https://api.x.example/2/oauth2/token"
BACK = "https://drumbeat.example/api/account/callback"
SCOPES = "users.read tweet.write tweet.read offline.access"
OLD = {"access_token": "old-access", "refresh_token": "old-refresh", "kept": "as it is"}
GRANTED = {
    "token_type": "bearer",
    "expires_in": 7200,
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "scope": SCOPES,
}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def oauth(http: httpx.AsyncClient, ours: Registration = OURS) -> OAuth:
    return OAuth({Platform.X: ours}, lambda: http)


def form_of(request: httpx.Request) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(request.content.decode(), strict_parsing=True).items()}


def test_a_person_is_asked_for_what_we_need_and_the_verifier_stays_here(http: httpx.AsyncClient) -> None:
    url = urlsplit(oauth(http)[Platform.X].begin("the state", "the-challenge", BACK))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://x.example/i/oauth2/authorize"
    assert {name: value for name, (value,) in parse_qs(url.query, strict_parsing=True).items()} == {
        "response_type": "code",
        "client_id": "our-id",
        "redirect_uri": BACK,
        "scope": "tweet.read tweet.write users.read offline.access",
        "state": "the state",
        "code_challenge": "the-challenge",
        "code_challenge_method": "S256",
    }
    assert "+" not in url.query  # X reads a blank from %20 only


async def test_a_code_becomes_tokens(http: httpx.AsyncClient, wire: respx.MockRouter) -> None:
    route = wire.post(TOKEN_URL).respond(200, json=GRANTED)
    grant = await oauth(http)[Platform.X].exchange("the code", "verifier", BACK, NOW, PATIENCE)
    assert grant.secrets == {"access_token": "new-access", "refresh_token": "new-refresh"}
    assert grant.expires_at == NOW + timedelta(seconds=7140)
    asked = route.calls.last.request
    assert form_of(asked) == {
        "grant_type": "authorization_code",
        "code": "the code",
        "redirect_uri": BACK,
        "code_verifier": "verifier",
    }
    assert base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")) == b"our-id:our%3As3cret"


async def test_an_app_without_a_secret_says_who_it_is_in_the_form(
    http: httpx.AsyncClient, wire: respx.MockRouter
) -> None:
    route = wire.post(TOKEN_URL).respond(200, json=GRANTED)
    await oauth(http, replace(OURS, client_secret=""))[Platform.X].refresh(OLD, NOW, PATIENCE)
    asked = route.calls.last.request
    assert "authorization" not in asked.headers
    assert form_of(asked)["client_id"] == "our-id"


async def test_a_person_who_does_not_grant_everything_is_told_what_is_missing(
    http: httpx.AsyncClient, wire: respx.MockRouter
) -> None:
    wire.post(TOKEN_URL).respond(200, json={**GRANTED, "scope": "tweet.read users.read"})
    failed = await failure_of(oauth(http)[Platform.X].exchange("c", "v", BACK, NOW, PATIENCE))
    assert failed.fault is PublishFault.UNAUTHORIZED
    assert failed.reason == "was not granted: offline.access, tweet.write"


async def test_old_tokens_become_new_ones(http: httpx.AsyncClient, wire: respx.MockRouter) -> None:
    route = wire.post(TOKEN_URL).respond(200, json=GRANTED)
    grant = await oauth(http)[Platform.X].refresh(OLD, NOW, PATIENCE)
    assert grant.secrets == {"access_token": "new-access", "refresh_token": "new-refresh", "kept": "as it is"}
    assert form_of(route.calls.last.request) == {"grant_type": "refresh_token", "refresh_token": "old-refresh"}


@pytest.mark.parametrize("missing", [{}, {"refresh_token": ""}, {"refresh_token": None}])
async def test_the_old_refresh_token_stays_when_no_new_one_comes(
    missing: dict[str, Any], http: httpx.AsyncClient, wire: respx.MockRouter
) -> None:
    said = {name: value for name, value in GRANTED.items() if name != "refresh_token"}
    wire.post(TOKEN_URL).respond(200, json={**said, **missing})
    grant = await oauth(http)[Platform.X].refresh(OLD, NOW, PATIENCE)
    assert grant.secrets["refresh_token"] == "old-refresh"


@pytest.mark.parametrize("lifetime", [None, "soon", -1, 0, True, 1e12])
async def test_a_lifetime_that_is_none_is_the_usual_one(
    lifetime: object, http: httpx.AsyncClient, wire: respx.MockRouter
) -> None:
    wire.post(TOKEN_URL).respond(200, json={**GRANTED, "expires_in": lifetime})
    grant = await oauth(http)[Platform.X].refresh(OLD, NOW, PATIENCE)
    assert grant.expires_at == NOW + timedelta(hours=2, seconds=-60)


async def test_an_account_without_a_refresh_token_needs_its_owner(
    http: httpx.AsyncClient, wire: respx.MockRouter
) -> None:
    failed = await failure_of(oauth(http)[Platform.X].refresh({"access_token": "a"}, NOW, PATIENCE))
    assert failed.fault is PublishFault.UNAUTHORIZED
    assert not wire.calls


def error(word: object, description: str = "") -> dict[str, object]:
    return {"error": word, "error_description": description}


@pytest.mark.parametrize(
    ("status", "said", "fault"),
    [
        (400, error("invalid_grant", "Token has been expired or revoked."), PublishFault.UNAUTHORIZED),
        (400, error("invalid_request", "Value passed for the token was invalid."), PublishFault.UNAUTHORIZED),
        (
            400,
            error("invalid_request", "Value passed for the authorization code was invalid."),
            PublishFault.UNAUTHORIZED,
        ),
        (400, error("invalid_request", "Missing required parameter [redirect_uri]."), PublishFault.CONFIGURATION),
        (
            400,
            error("invalid_request", "Value passed for the redirect uri did not match the uri of the code."),
            PublishFault.CONFIGURATION,
        ),
        (401, error("unauthorized_client", "Missing valid authorization header"), PublishFault.CONFIGURATION),
        (401, error("invalid_client", "The client is unknown"), PublishFault.CONFIGURATION),
        (400, error("unsupported_grant_type"), PublishFault.CONFIGURATION),
        (403, {"title": "Forbidden", "detail": "client-not-enrolled"}, PublishFault.CONFIGURATION),
        (404, {}, PublishFault.CONFIGURATION),
        (302, {}, PublishFault.CONFIGURATION),
        (400, error({"code": "invalid_grant", "message": "gone"}), PublishFault.UNAUTHORIZED),
        (429, {"title": "Too Many Requests"}, PublishFault.THROTTLED),
        (500, {}, PublishFault.UNSENT),
        (503, error("temporarily_unavailable"), PublishFault.UNSENT),
        (400, error("server_error"), PublishFault.UNSENT),
        (200, {}, PublishFault.UNSENT),
        (200, {"access_token": None}, PublishFault.UNSENT),
    ],
)
async def test_an_error_says_whether_account_app_or_nobody_is_to_blame(
    status: int, said: dict[str, object], fault: PublishFault, http: httpx.AsyncClient, wire: respx.MockRouter
) -> None:
    wire.post(TOKEN_URL).respond(status, json=said)
    failed = await failure_of(oauth(http)[Platform.X].refresh(OLD, NOW, PATIENCE))
    assert failed.fault is fault


@pytest.mark.parametrize("body", ["", "<html>oops</html>", "[]", '"x"'])
async def test_an_answer_that_is_no_object_ends_nothing(
    body: str, http: httpx.AsyncClient, wire: respx.MockRouter
) -> None:
    wire.post(TOKEN_URL).respond(400, text=body)
    failed = await failure_of(oauth(http)[Platform.X].refresh(OLD, NOW, PATIENCE))
    assert (failed.fault, failed.details["lost"]) == (PublishFault.UNSENT, True)


async def test_a_limit_says_how_long_to_wait(http: httpx.AsyncClient, wire: respx.MockRouter) -> None:
    wire.post(TOKEN_URL).respond(429, headers={"retry-after": "45"})
    failed = await failure_of(oauth(http)[Platform.X].refresh(OLD, NOW, PATIENCE))
    assert failed.retry_after == timedelta(seconds=45)


@pytest.mark.parametrize("broken", [httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError])
async def test_a_lost_reply_keeps_the_tokens_and_says_that_it_was_lost(
    broken: type[Exception], http: httpx.AsyncClient, wire: respx.MockRouter
) -> None:
    route = wire.post(TOKEN_URL).mock(side_effect=broken("lost"))
    failed = await failure_of(oauth(http)[Platform.X].refresh(OLD, NOW, PATIENCE))
    assert (failed.fault, failed.details.get("lost")) == (PublishFault.UNSENT, True)
    assert route.call_count == 1


async def test_without_a_connection_nothing_was_lost(http: httpx.AsyncClient, wire: respx.MockRouter) -> None:
    wire.post(TOKEN_URL).mock(side_effect=httpx.ConnectError("down"))
    failed = await failure_of(oauth(http)[Platform.X].refresh(OLD, NOW, PATIENCE))
    assert failed.fault is PublishFault.UNSENT
    assert "lost" not in failed.details


async def test_an_answer_is_waited_for_no_longer_than_was_said(http: httpx.AsyncClient, wire: respx.MockRouter) -> None:
    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    wire.post(TOKEN_URL).mock(side_effect=hang)
    failed = await failure_of(oauth(http)[Platform.X].refresh(OLD, NOW, timedelta(milliseconds=50)))
    assert failed.details["lost"] is True


async def test_no_token_code_or_secret_is_in_anything_that_is_raised(
    http: httpx.AsyncClient, wire: respx.MockRouter
) -> None:
    app = oauth(http)[Platform.X]
    wire.post(TOKEN_URL).respond(400, json=error("invalid_grant", "old-refresh for our:s3cret"))
    refused = await failure_of(app.refresh(OLD, NOW, PATIENCE))
    wire.post(TOKEN_URL).respond(400, json=error("invalid_grant", "the-code and the-verifier"))
    not_connected = await failure_of(app.exchange("the-code", "the-verifier", BACK, NOW, PATIENCE))
    wire.post(TOKEN_URL).mock(side_effect=httpx.ReadError("old-refresh"))
    lost = await failure_of(app.refresh(OLD, NOW, PATIENCE))
    assert (refused.reason, not_connected.reason) == ("… for …", "… and …")
    everything = "".join(map(everything_told, (refused, not_connected, lost)))
    assert not [it for it in ("old-refresh", "our:s3cret", "the-code", "the-verifier") if it in everything]


async def test_what_was_granted_does_not_show_itself(http: httpx.AsyncClient, wire: respx.MockRouter) -> None:
    wire.post(TOKEN_URL).respond(200, json=GRANTED)
    shown = repr(await oauth(http)[Platform.X].refresh(OLD, NOW, PATIENCE)) + repr(OURS)
    assert not {"new-access", "new-refresh", "our:s3cret"} & set(shown.split("'"))


def test_without_an_app_of_ours_the_variable_is_named(http: httpx.AsyncClient) -> None:
    with pytest.raises(NotConfigured, match="X_CLIENT_ID"):
        oauth(http, replace(OURS, client_id=""))[Platform.X]


def test_a_platform_with_a_form_has_no_oauth(http: httpx.AsyncClient) -> None:
    with pytest.raises(ValueError, match="mastodon"):
        oauth(http)[Platform.MASTODON]
