"""Bluesky: a record is made once under its key, and asking for it tells whether it was."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from lib.adapters.publishers.bluesky import COLLECTION, Bluesky
from lib.adapters.publishers.tids import tid_of
from lib.domain.account import Platform
from lib.domain.publication import Sent
from lib.errors import PublishFailed, PublishFault
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

HOST = "https://bsky.example"
DID = "did:plc:tea"
LOGIN = {"identifier": "@tea.example", "password": "abcd-efgh-ijkl-mnop"}
SECRETS = {**LOGIN, "access_jwt": SECRET, "refresh_jwt": "r3fresh-jwt"}
ACCOUNT = account(Platform.BLUESKY, DID)
TARGET = target(ACCOUNT, SECRETS)
RKEY = tid_of(POST, 0)
URI = f"at://{DID}/{COLLECTION}/{RKEY}"
SENT = Sent(f"{URI}|bafy1", f"https://bsky.app/profile/{DID}/post/{RKEY}")
CREATE, GET = f"{HOST}/xrpc/com.atproto.repo.createRecord", f"{HOST}/xrpc/com.atproto.repo.getRecord"
SIGN_IN = f"{HOST}/xrpc/com.atproto.server.createSession"
GO_ON = f"{HOST}/xrpc/com.atproto.server.refreshSession"
CREATED = {"uri": URI, "cid": "bafy1", "commit": {"cid": "bafyc", "rev": "3l"}, "validationStatus": "valid"}
RECORD = {"uri": URI, "cid": "bafy1", "value": {"$type": COLLECTION, "text": POST.body}}
MISSING = httpx.Response(400, json={"error": "RecordNotFound", "message": f"Could not locate record: {URI}"})
# What the reference server says of a key that is taken (bluesky-social/atproto#3718).
TAKEN = httpx.Response(500, json={"error": "InternalServerError", "message": "Internal Server Error"})


@pytest.fixture
async def bluesky() -> AsyncIterator[Bluesky]:
    async with httpx.AsyncClient() as http, httpx.AsyncClient(headers={"x-pool": "outward"}) as outward:
        yield Bluesky(lambda: http, lambda: outward, HOST)


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def jwt(lifetime: timedelta) -> str:
    claims = {"iat": 1_000, "exp": 1_000 + lifetime.total_seconds()}
    return f"h.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.s"


def session(**more: Any) -> dict[str, Any]:
    tokens = {"accessJwt": jwt(timedelta(hours=2)), "refreshJwt": "next-refresh"}
    return {"did": DID, "handle": "tea.example", **tokens, "didDoc": {}, "active": True, **more}


async def sending(bluesky: Bluesky) -> Sent:
    (part,) = bluesky.parts_of(POST, ACCOUNT)
    return await bluesky.send(part, TARGET, NOW, PATIENCE)


async def finding(bluesky: Bluesky) -> Sent | None:
    (part,) = bluesky.parts_of(POST, ACCOUNT)
    return await bluesky.find(part, TARGET, NOW, PATIENCE)


async def test_a_post_is_a_record_under_a_key_of_ours(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    route = wire.post(CREATE).respond(200, json=CREATED)
    assert await sending(bluesky) == SENT
    asked = route.calls.last.request
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert "x-pool" not in asked.headers
    assert json.loads(asked.content) == {
        "repo": DID,
        "collection": COLLECTION,
        "rkey": RKEY,
        "record": {
            "$type": COLLECTION,
            "text": POST.body,
            "createdAt": "2026-11-21T12:00:00.000Z",
            "langs": ["en"],
        },
    }


async def test_links_are_links_there(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    route = wire.post(CREATE).respond(200, json=CREATED)
    (part,) = bluesky.parts_of(replace(POST, body="차 tea.shop/a", language=""), ACCOUNT)
    await bluesky.send(part, TARGET, NOW, PATIENCE)
    record = json.loads(route.calls.last.request.content)["record"]
    assert "langs" not in record
    assert record["facets"] == [
        {
            "index": {"byteStart": 4, "byteEnd": 14},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://tea.shop/a"}],
        }
    ]


async def test_a_thread_names_its_root_and_its_parent(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    route = wire.post(CREATE).respond(200, json=CREATED)
    sent = [Sent(f"at://{DID}/{COLLECTION}/{at}|cid-{at}") for at in ("aaa", "bbb")]
    parts = bluesky.parts_of(THREAD, ACCOUNT)
    await bluesky.send(parts[2], target(ACCOUNT, SECRETS, *sent), NOW, PATIENCE)
    assert json.loads(route.calls.last.request.content)["record"]["reply"] == {
        "root": {"uri": f"at://{DID}/{COLLECTION}/aaa", "cid": "cid-aaa"},
        "parent": {"uri": f"at://{DID}/{COLLECTION}/bbb", "cid": "cid-bbb"},
    }


def test_a_repetition_has_the_same_key_and_an_edit_another(bluesky: Bluesky) -> None:
    keys = [[part.payload["rkey"] for part in bluesky.parts_of(it, ACCOUNT)] for it in (THREAD, THREAD)]
    edited = [part.payload["rkey"] for part in bluesky.parts_of(replace(THREAD, version=2), ACCOUNT)]
    assert keys[0] == keys[1] == sorted(keys[0])
    assert not set(keys[0]) & set(edited)


def test_what_does_not_fit_is_never_sent(bluesky: Bluesky) -> None:
    with pytest.raises(PublishFailed) as failed:
        bluesky.parts_of(replace(POST, body="x" * 301), ACCOUNT)
    assert failed.value.fault is PublishFault.UNFIT


@pytest.mark.parametrize(
    "answer",
    [
        TAKEN,
        httpx.Response(400, json={"error": "RecordAlreadyExists", "message": "Record exists"}),
        httpx.Response(400, json={"error": "InvalidRequest", "message": "There is already a value at key: a/b"}),
        httpx.Response(502, text="<html>"),
        httpx.ReadError("lost"),
        httpx.Response(200, json={}),
    ],
)
async def test_a_record_that_is_there_was_made(
    answer: httpx.Response | Exception, bluesky: Bluesky, wire: respx.MockRouter
) -> None:
    creating = wire.post(CREATE).mock(side_effect=[answer])
    wire.get(GET).respond(200, json=RECORD)
    assert await sending(bluesky) == SENT
    assert creating.call_count == 1


@pytest.mark.parametrize("answer", [MISSING, httpx.Response(503), httpx.ConnectError("down"), TAKEN])
async def test_a_record_that_was_not_seen_at_once_stays_unknown(
    answer: httpx.Response | Exception, bluesky: Bluesky, wire: respx.MockRouter
) -> None:
    wire.post(CREATE).mock(return_value=TAKEN)
    wire.get(GET).mock(side_effect=[answer])
    failed = await failure_of(sending(bluesky))
    assert failed.fault is PublishFault.UNKNOWN
    assert failed.details["status"] == 500


async def test_without_time_left_nobody_looks(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    wire.post(CREATE).mock(side_effect=hang)
    looking = wire.get(GET).respond(200, json=RECORD)
    (part,) = bluesky.parts_of(POST, ACCOUNT)
    failed = await failure_of(bluesky.send(part, TARGET, NOW, timedelta(milliseconds=100)))
    assert failed.fault is PublishFault.UNKNOWN
    assert not looking.called


async def test_something_else_under_the_key_is_not_ours(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    wire.post(CREATE).mock(return_value=TAKEN)
    wire.get(GET).respond(200, json={**RECORD, "value": {"text": "Another."}})
    assert (await failure_of(sending(bluesky))).fault is PublishFault.REFUSED
    assert (await failure_of(finding(bluesky))).fault is PublishFault.REFUSED


@pytest.mark.parametrize(
    ("status", "said", "fault"),
    [
        (400, {"error": "InvalidRequest", "message": "Invalid record: text too long"}, PublishFault.REFUSED),
        (400, {"error": "ExpiredToken", "message": "Token has expired"}, PublishFault.UNAUTHORIZED),
        (400, {"error": "InvalidToken", "message": "Bad token"}, PublishFault.UNAUTHORIZED),
        (401, {"error": "AuthMissing", "message": "Authentication Required"}, PublishFault.UNAUTHORIZED),
        (401, {"error": "AccountDeactivated", "message": "Account is deactivated"}, PublishFault.UNAUTHORIZED),
        (401, {"error": "AccountTakedown", "message": "Account has been taken down"}, PublishFault.GONE),
        (413, {"error": "PayloadTooLarge", "message": "too large"}, PublishFault.REFUSED),
        (429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, PublishFault.THROTTLED),
    ],
)
async def test_each_refusal_has_its_meaning(
    status: int, said: dict[str, str], fault: PublishFault, bluesky: Bluesky, wire: respx.MockRouter
) -> None:
    wire.post(CREATE).respond(status, json=said)
    looking = wire.get(GET).respond(200, json=RECORD)
    failed = await failure_of(sending(bluesky))
    assert (failed.fault, failed.reason) == (fault, said["message"])
    assert not looking.called
    assert SECRET not in everything_told(failed)


async def test_a_limit_waits_for_its_reset(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    reset = {"ratelimit-reset": str(int(NOW.timestamp()) + 300)}
    wire.post(CREATE).respond(429, json={"error": "RateLimitExceeded"}, headers=reset)
    assert (await failure_of(sending(bluesky))).retry_after == timedelta(minutes=5)


async def test_before_the_first_session_nothing_is_sent(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    (part,) = bluesky.parts_of(POST, ACCOUNT)
    failed = await failure_of(bluesky.send(part, target(ACCOUNT, LOGIN), NOW, PATIENCE))
    assert failed.fault is PublishFault.UNAUTHORIZED
    assert not wire.calls


async def test_a_record_is_found_by_its_key(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    route = wire.get(GET).respond(200, json=RECORD)
    assert await finding(bluesky) == SENT
    assert dict(route.calls.last.request.url.params) == {"repo": DID, "collection": COLLECTION, "rkey": RKEY}


@pytest.mark.parametrize(
    "answer",
    [MISSING, httpx.Response(400, json={"error": "InvalidRequest", "message": "Could not locate record: at://x"})],
)
async def test_a_record_that_is_not_there_was_not_made(
    answer: httpx.Response, bluesky: Bluesky, wire: respx.MockRouter
) -> None:
    wire.get(GET).mock(return_value=answer)
    assert await finding(bluesky) is None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"error": "InvalidRequest", "message": "Could not find repo"}),
        httpx.Response(404),
        httpx.Response(500),
        httpx.ReadTimeout("slow"),
        httpx.Response(200, content=b"<html>"),
    ],
)
async def test_what_could_not_be_read_is_not_an_absence(
    answer: httpx.Response | Exception, bluesky: Bluesky, wire: respx.MockRouter
) -> None:
    wire.get(GET).mock(side_effect=[answer])
    assert (await failure_of(finding(bluesky))).fault is not PublishFault.UNKNOWN


async def test_an_account_is_known_by_its_did_and_shown_by_its_handle(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    route = wire.post(SIGN_IN).respond(200, json=session())
    identified = await bluesky.identify(LOGIN, {}, PATIENCE)
    assert (identified.name, identified.external_id, identified.settings) == ("@tea.example", DID, {})
    asked = route.calls.last.request
    assert json.loads(asked.content) == {"identifier": "tea.example", "password": LOGIN["password"]}
    assert "authorization" not in asked.headers


async def test_a_host_that_somebody_named_is_called_over_the_guarded_pool(
    bluesky: Bluesky, wire: respx.MockRouter
) -> None:
    route = wire.post("https://pds.tea.example/xrpc/com.atproto.server.createSession").respond(200, json=session())
    identified = await bluesky.identify(LOGIN, {"service": "pds.tea.example/"}, PATIENCE)
    assert identified.settings == {"service": "https://pds.tea.example"}
    assert route.calls.last.request.headers["x-pool"] == "outward"


@pytest.mark.parametrize("service", ["https://user:pw@pds.example", "ftp://pds.example", "https://", "https://a:b"])
async def test_an_address_that_is_none_is_told_by_its_field(service: str, bluesky: Bluesky) -> None:
    failed = await failure_of(bluesky.identify(LOGIN, {"service": service}, PATIENCE))
    assert failed.fault is PublishFault.UNFIT
    assert failed.details["field"] == "settings.service"


WRONG = {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}


async def test_a_wrong_password_is_the_owners_to_mend(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    wire.post(SIGN_IN).respond(401, json=WRONG)
    failed = await failure_of(bluesky.identify(LOGIN, {}, PATIENCE))
    assert (failed.fault, failed.reason) == (PublishFault.UNAUTHORIZED, WRONG["message"])
    assert LOGIN["password"] not in everything_told(failed)


async def test_a_session_goes_on_by_its_refresh_token(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    route = wire.post(GO_ON).respond(200, json=session())
    grant = await bluesky.renew(SECRETS, ACCOUNT, NOW, PATIENCE)
    assert grant.secrets == {**LOGIN, "access_jwt": session()["accessJwt"], "refresh_jwt": "next-refresh"}
    assert grant.expires_at == NOW + timedelta(minutes=119)
    assert route.calls.last.request.headers["authorization"] == "Bearer r3fresh-jwt"
    assert route.calls.last.request.content == b""


@pytest.mark.parametrize("secrets", [SECRETS, LOGIN])
async def test_a_session_that_is_over_is_followed_by_a_new_one(
    secrets: Mapping[str, str], bluesky: Bluesky, wire: respx.MockRouter
) -> None:
    wire.post(GO_ON).respond(400, json={"error": "ExpiredToken", "message": "Token has expired"})
    wire.post(SIGN_IN).respond(200, json=session())
    grant = await bluesky.renew(secrets, ACCOUNT, NOW, PATIENCE)
    assert grant.secrets["refresh_jwt"] == "next-refresh"


async def test_a_host_that_is_down_ends_no_session(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    wire.post(GO_ON).respond(503)
    signing_in = wire.post(SIGN_IN).respond(200, json=session())
    assert (await failure_of(bluesky.renew(SECRETS, ACCOUNT, NOW, PATIENCE))).fault is PublishFault.UNSENT
    assert not signing_in.called


async def test_a_password_that_was_taken_back_needs_its_owner(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    wire.post(GO_ON).respond(400, json={"error": "ExpiredToken", "message": "Token has expired"})
    wire.post(SIGN_IN).respond(401, json=WRONG)
    assert (await failure_of(bluesky.renew(SECRETS, ACCOUNT, NOW, PATIENCE))).fault is PublishFault.UNAUTHORIZED


async def test_a_handle_that_is_somebody_elses_by_now_is_not_published_to(
    bluesky: Bluesky, wire: respx.MockRouter
) -> None:
    wire.post(SIGN_IN).respond(200, json=session(did="did:plc:other"))
    assert (await failure_of(bluesky.renew(LOGIN, ACCOUNT, NOW, PATIENCE))).fault is PublishFault.UNAUTHORIZED


@pytest.mark.parametrize(
    ("token", "lasts"),
    [
        ("not-a-jwt", timedelta(minutes=59)),
        ("a.!!.c", timedelta(minutes=59)),
        (jwt(timedelta(seconds=-5)), timedelta(minutes=59)),
        (jwt(timedelta(days=400)), timedelta(days=1, minutes=-1)),
    ],
)
async def test_a_token_that_does_not_tell_its_end_is_renewed_early(
    token: str, lasts: timedelta, bluesky: Bluesky, wire: respx.MockRouter
) -> None:
    wire.post(SIGN_IN).respond(200, json=session(accessJwt=token))
    grant = await bluesky.renew(LOGIN, ACCOUNT, NOW, PATIENCE)
    assert grant.expires_at == NOW + lasts


async def test_what_was_granted_does_not_show_itself(bluesky: Bluesky, wire: respx.MockRouter) -> None:
    wire.post(SIGN_IN).respond(200, json=session())
    grant = await bluesky.renew(LOGIN, ACCOUNT, NOW, PATIENCE)
    assert LOGIN["password"] not in repr(grant)
    assert "next-refresh" not in repr(grant)
