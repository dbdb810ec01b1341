"""Mastodon: sent again under its key, a status is made once."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from lib.adapters.publishers.mastodon import Mastodon
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

SERVER = "https://mastodon.example"
STATUSES = f"{SERVER}/api/v1/statuses"
ME = f"{SERVER}/api/v1/accounts/verify_credentials"
ACCOUNT = account(Platform.MASTODON, "7@mastodon.example", server=SERVER)
TARGET = target(ACCOUNT, {"token": SECRET})
STATUS = {"id": "1001", "url": f"{SERVER}/@tea/1001", "content": "<p>Tea</p>"}


@pytest.fixture
async def mastodon() -> AsyncIterator[Mastodon]:
    async with httpx.AsyncClient() as http:
        yield Mastodon(lambda: http)


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


async def sending(mastodon: Mastodon) -> Sent:
    (part,) = mastodon.parts_of(POST, ACCOUNT)
    return await mastodon.send(part, TARGET, NOW, PATIENCE)


async def test_a_status_is_sent_under_its_key(mastodon: Mastodon, wire: respx.MockRouter) -> None:
    route = wire.post(STATUSES).respond(200, json=STATUS)
    assert await sending(mastodon) == Sent("1001", f"{SERVER}/@tea/1001")
    asked = route.calls.last.request
    assert asked.headers["idempotency-key"] == f"{POST.publication_id}-1-0"
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert json.loads(asked.content) == {"status": POST.body, "visibility": "public", "language": "en"}


async def test_a_repetition_has_the_same_key_and_an_edit_another(mastodon: Mastodon, wire: respx.MockRouter) -> None:
    route = wire.post(STATUSES).respond(200, json=STATUS)
    for post in (POST, POST, replace(POST, version=2, body="Edited tea.")):
        (part,) = mastodon.parts_of(post, ACCOUNT)
        await mastodon.send(part, TARGET, NOW, PATIENCE)
    first, again, edited = [call.request.headers["idempotency-key"] for call in route.calls]
    assert first == again != edited


async def test_a_thread_is_replies_each_to_the_one_before(mastodon: Mastodon, wire: respx.MockRouter) -> None:
    route = wire.post(STATUSES).respond(200, json=STATUS)
    parts = mastodon.parts_of(THREAD, ACCOUNT)
    await mastodon.send(parts[2], target(ACCOUNT, {"token": SECRET}, Sent("1"), Sent("2")), NOW, PATIENCE)
    assert json.loads(route.calls.last.request.content)["in_reply_to_id"] == "2"


@pytest.mark.parametrize(("tag", "language"), [("ko", "ko"), ("pt-BR", "pt"), ("ZH-Hant", "zh"), ("", None)])
def test_a_language_is_said_without_its_region(tag: str, language: str | None, mastodon: Mastodon) -> None:
    (part,) = mastodon.parts_of(replace(POST, language=tag), ACCOUNT)
    assert part.payload.get("language") == language


def test_who_may_read_it_is_the_accounts_wish(mastodon: Mastodon) -> None:
    unlisted = account(Platform.MASTODON, server=SERVER, visibility="unlisted")
    (part,) = mastodon.parts_of(POST, unlisted)
    assert part.payload["visibility"] == "unlisted"


def test_a_wish_that_nobody_understands_is_not_guessed_at(mastodon: Mastodon) -> None:
    with pytest.raises(PublishFailed) as failed:
        mastodon.parts_of(POST, account(Platform.MASTODON, server=SERVER, visibility="Friends"))
    assert failed.value.fault is PublishFault.UNFIT
    assert failed.value.details["field"] == "settings.visibility"


def test_what_does_not_fit_is_never_sent(mastodon: Mastodon) -> None:
    with pytest.raises(PublishFailed) as failed:
        mastodon.parts_of(replace(POST, body="x" * 501), ACCOUNT)
    assert failed.value.fault is PublishFault.UNFIT


@pytest.mark.parametrize(
    ("status", "said", "fault"),
    [
        (
            422,
            {"error": "Validation failed: Text character limit of 500 exceeded"},
            PublishFault.REFUSED,
        ),
        (401, {"error": "The access token is invalid"}, PublishFault.UNAUTHORIZED),
        (403, {"error": "This action is outside the authorized scopes"}, PublishFault.UNAUTHORIZED),
        (403, {"error": "Your login is currently disabled"}, PublishFault.UNAUTHORIZED),
        (403, {"error": "Your login is missing a confirmed e-mail address"}, PublishFault.UNAUTHORIZED),
        (403, {"error": "This action is not allowed"}, PublishFault.REFUSED),
        (404, {"error": "Record not found"}, PublishFault.REFUSED),
        (410, {"error": "Gone"}, PublishFault.GONE),
        (429, {"error": "Too many requests"}, PublishFault.THROTTLED),
        (500, {"error": "There was a temporary problem"}, PublishFault.UNKNOWN),
        (503, {"error": "There was a temporary problem"}, PublishFault.UNKNOWN),
        (301, {}, PublishFault.REFUSED),
    ],
)
async def test_each_refusal_has_its_meaning(
    status: int, said: dict[str, str], fault: PublishFault, mastodon: Mastodon, wire: respx.MockRouter
) -> None:
    wire.post(STATUSES).respond(status, json=said)
    failed = await failure_of(sending(mastodon))
    assert (failed.fault, failed.reason) == (fault, said.get("error", ""))
    assert SECRET not in everything_told(failed)


async def test_a_limit_waits_for_its_reset(mastodon: Mastodon, wire: respx.MockRouter) -> None:
    wire.post(STATUSES).respond(429, json={}, headers={"X-RateLimit-Reset": "2026-11-21T12:04:00.123456Z"})
    failed = await failure_of(sending(mastodon))
    assert failed.retry_after is not None
    assert round(failed.retry_after / timedelta(seconds=1)) == 240


@pytest.mark.parametrize("said", [{}, {"id": None}, {"id": ""}, {"id": 7}])
async def test_an_acceptance_without_an_id_is_unknown(
    said: dict[str, Any], mastodon: Mastodon, wire: respx.MockRouter
) -> None:
    wire.post(STATUSES).respond(200, json=said)
    assert (await failure_of(sending(mastodon))).fault is PublishFault.UNKNOWN


@pytest.mark.parametrize("url", [None, "javascript:alert(1)", "https://m.example/" + "x" * 2_000, 7])
async def test_a_link_that_is_none_is_not_kept(url: object, mastodon: Mastodon, wire: respx.MockRouter) -> None:
    wire.post(STATUSES).respond(200, json={"id": "1", "url": url})
    assert await sending(mastodon) == Sent("1", None)


async def test_an_account_is_known_by_its_number_at_its_server(mastodon: Mastodon, wire: respx.MockRouter) -> None:
    route = wire.get(ME).respond(200, json={"id": "7", "acct": "tea", "username": "tea"})
    identified = await mastodon.identify({"token": SECRET}, {"server": "Mastodon.example/@tea"}, PATIENCE)
    assert (identified.name, identified.external_id) == ("@tea@mastodon.example", "7@mastodon.example")
    assert identified.settings == {"server": SERVER, "visibility": "public"}
    assert route.calls.last.request.headers["authorization"] == f"Bearer {SECRET}"


async def test_a_server_on_a_port_keeps_it(mastodon: Mastodon, wire: respx.MockRouter) -> None:
    wire.get("http://10.0.0.5:8080/api/v1/accounts/verify_credentials").respond(200, json={"id": "7", "acct": "tea"})
    identified = await mastodon.identify({"token": SECRET}, {"server": "http://10.0.0.5:8080"}, PATIENCE)
    assert identified.settings["server"] == "http://10.0.0.5:8080"


@pytest.mark.parametrize("server", ["", "https://", "https://tea@mastodon.example", "@tea@mastodon.example", "a:b:c"])
async def test_an_address_that_is_none_is_told_by_its_field(server: str, mastodon: Mastodon) -> None:
    failed = await failure_of(mastodon.identify({"token": SECRET}, {"server": server}, PATIENCE))
    assert failed.fault is PublishFault.UNFIT
    assert failed.details["field"] == "settings.server"


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (httpx.Response(401, json={"error": "The access token is invalid"}), PublishFault.UNAUTHORIZED),
        (httpx.Response(200, text="<html>"), PublishFault.UNSENT),
        (httpx.Response(404), PublishFault.REFUSED),
        (httpx.Response(502), PublishFault.UNSENT),
    ],
)
async def test_a_server_that_does_not_know_the_account_is_no_account(
    answer: httpx.Response, fault: PublishFault, mastodon: Mastodon, wire: respx.MockRouter
) -> None:
    wire.get(ME).mock(return_value=answer)
    failed = await failure_of(mastodon.identify({"token": SECRET}, {"server": SERVER}, PATIENCE))
    assert failed.fault is fault
