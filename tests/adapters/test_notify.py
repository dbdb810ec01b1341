"""Mail goes out once under its key; whatever the mail service does is told, and nothing is raised."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import respx

from lib.adapters.notify import Delivery, Mail, Notifier
from lib.logs import open_logs

MAIL = Mail("key-1", "ada@example.com", "Not published", "The reason: secret words")


@pytest.fixture
async def notifier() -> AsyncIterator[Notifier]:
    async with httpx.AsyncClient() as http:
        yield Notifier("https://resend.example", "re_key", "Drumbeat <drum@mail.example>", lambda: http)


@respx.mock
async def test_a_mail_is_sent_to_one_address_under_its_key(notifier: Notifier) -> None:
    route = respx.post("https://resend.example/emails").respond(200, json={"id": "1"})
    assert await notifier.send(MAIL) is Delivery.TAKEN
    request = route.calls.last.request
    assert request.headers["idempotency-key"] == "key-1"
    assert request.headers["authorization"] == "Bearer re_key"
    assert json.loads(request.content) == {
        "from": "Drumbeat <drum@mail.example>",
        "to": ["ada@example.com"],
        "subject": "Not published",
        "text": "The reason: secret words",
    }


@pytest.mark.parametrize(
    ("status", "name", "delivery"),
    [
        (409, "invalid_idempotent_request", Delivery.TAKEN),  # it went out under this key, in other words
        (409, "concurrent_idempotent_requests", Delivery.LATER),
        (422, "validation_error", Delivery.REFUSED),
        (400, "invalid_idempotency_key", Delivery.REFUSED),
        (401, "missing_api_key", Delivery.LATER),  # ours to mend
        (403, "invalid_api_key", Delivery.LATER),
        (429, "rate_limit_exceeded", Delivery.LATER),
        (429, "daily_quota_exceeded", Delivery.LATER),
        (500, "application_error", Delivery.LATER),
        (503, "", Delivery.LATER),
    ],
)
@respx.mock
async def test_a_refusal_says_whether_the_same_mail_may_be_taken_later(
    notifier: Notifier, status: int, name: str, delivery: Delivery
) -> None:
    respx.post("https://resend.example/emails").respond(status, json={"name": name, "message": "no"})
    assert await notifier.send(MAIL) is delivery


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"\xff"])
@respx.mock
async def test_an_answer_that_cannot_be_read_is_no_failure_of_ours(notifier: Notifier, body: bytes) -> None:
    respx.post("https://resend.example/emails").respond(502, content=body)
    assert await notifier.send(MAIL) is Delivery.LATER


@pytest.mark.parametrize(
    "problem", [httpx.ConnectError("no"), httpx.ReadTimeout("no"), httpx.RemoteProtocolError("no")]
)
@respx.mock
async def test_a_broken_way_is_told_and_not_raised(notifier: Notifier, problem: Exception) -> None:
    respx.post("https://resend.example/emails").mock(side_effect=problem)
    assert await notifier.send(MAIL) is Delivery.LATER


@respx.mock
async def test_a_mail_service_that_hangs_is_not_waited_for() -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(3600)
        raise AssertionError

    respx.post("https://resend.example/emails").mock(side_effect=hang)
    async with httpx.AsyncClient(timeout=60) as http:
        notifier = Notifier("https://resend.example", "k", "d@e.example", lambda: http, timedelta(milliseconds=50))
        async with asyncio.timeout(5):
            assert await notifier.send(MAIL) is Delivery.LATER


@respx.mock
async def test_neither_address_nor_words_are_logged(notifier: Notifier, caplog: pytest.LogCaptureFixture) -> None:
    open_logs("INFO")
    logging.getLogger("drumbeat").addHandler(caplog.handler)
    try:
        for status in (401, 422, 500):
            respx.post("https://resend.example/emails").respond(status, json={"message": "ada@example.com"})
            await notifier.send(MAIL)
    finally:
        logging.getLogger("drumbeat").removeHandler(caplog.handler)
    assert len(caplog.records) == 3
    assert "ada" not in caplog.text
    assert "secret words" not in caplog.text
    assert "re_key" not in caplog.text
