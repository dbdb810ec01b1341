"""Somebody's own server, verified on its side with the package of Standard Webhooks."""

import base64
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import respx
from standardwebhooks import Webhook as Receiver
from standardwebhooks import WebhookVerificationError

from lib.adapters.egress import open_outward_pool
from lib.adapters.publishers.webhook import Webhook
from lib.clock import utc_now
from lib.errors import PublishFault
from tests.adapters.publishers.outgoing import ARTICLE, Outgoing, connect
from tests.adapters.publishers.samples import NOW, PATIENCE, POST, THREAD, failure_of

URL = "https://hooks.example/in?token=abcdefgh"
SECRET = "whsec_" + base64.b64encode(os.urandom(32)).decode()


def outgoing(url: str = URL, secret: str = SECRET) -> Outgoing:
    return Outgoing(Webhook(connect, utc_now), {"url": url, "secret": secret})


@pytest.fixture
def wire() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as router:
        yield router.post(URL).respond(204)


def taken(request: httpx.Request, secret: str = SECRET) -> Any:
    """What a receiver makes of it."""
    return Receiver(secret).verify(request.content, dict(request.headers))


async def test_the_receiver_can_verify_what_it_gets(wire: respx.Route) -> None:
    hook = outgoing()
    part = hook.parts()[0]
    sent = await hook.publisher.send(part, hook.target(), utc_now(), PATIENCE)
    assert sent.external_id == part.key
    body = taken(wire.calls.last.request)
    assert body == {
        "type": "content.published",
        "timestamp": ARTICLE.written_at.isoformat(),
        "data": {
            "publicationId": ARTICLE.publication_id,
            "contentId": ARTICLE.content_id,
            "version": 2,
            "kind": "blog_post",
            "language": "en",
            "title": ARTICLE.title,
            "body": ARTICLE.body,
        },
    }


async def test_another_secret_does_not_verify_it(wire: respx.Route) -> None:
    hook = outgoing()
    await hook.publisher.send(hook.parts()[0], hook.target(), utc_now(), PATIENCE)
    with pytest.raises(WebhookVerificationError):
        taken(wire.calls.last.request, "whsec_" + base64.b64encode(os.urandom(32)).decode())


async def test_the_signature_is_over_exactly_the_bytes_sent(wire: respx.Route) -> None:
    hook = outgoing()
    korean = replace(POST, body="차 <&> 비 \u2028 🍵")
    await hook.publisher.send(hook.parts(korean)[0], hook.target(), utc_now(), PATIENCE)
    request = wire.calls.last.request
    assert "차".encode() in request.content
    assert taken(request)["data"]["body"] == korean.body


async def test_sent_again_it_has_the_same_id_and_body_and_the_time_of_the_attempt(wire: respx.Route) -> None:
    hook = outgoing()
    for later in (timedelta(0), timedelta(hours=2)):
        await hook.publisher.send(hook.parts()[0], hook.target(), NOW + later, PATIENCE)
    first, second = (call.request for call in wire.calls)
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == hook.parts()[0].key
    assert first.content == second.content
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 7_200
    assert first.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert "." not in first.headers["webhook-id"]


async def test_a_time_in_another_zone_is_the_same_instant(wire: respx.Route) -> None:
    hook, seoul = outgoing(), utc_now().astimezone(ZoneInfo("Asia/Seoul"))
    await hook.publisher.send(hook.parts()[0], hook.target(), seoul, PATIENCE)
    assert taken(wire.calls.last.request)


async def test_a_thread_is_one_delivery_with_its_posts(wire: respx.Route) -> None:
    (part,) = outgoing().parts(THREAD)
    assert part.payload["data"]["segments"] == list(THREAD.segments)
    assert "body" not in part.payload["data"]


async def test_the_receiver_may_say_where_it_can_be_seen(wire: respx.Route) -> None:
    wire.respond(201, json={"url": "https://site.example/tea"})
    assert (await outgoing().send()).url == "https://site.example/tea"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/tea", 7, None, "https://" + "a" * 3_000])
async def test_no_other_link_is_kept(wire: respx.Route, url: object) -> None:
    wire.respond(201, json={"url": url})
    assert (await outgoing().send()).url is None


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (410, PublishFault.GONE),
        (401, PublishFault.UNAUTHORIZED),
        (403, PublishFault.UNAUTHORIZED),
        (404, PublishFault.UNSENT),
        (409, PublishFault.UNKNOWN),
        (400, PublishFault.REFUSED),
        (422, PublishFault.REFUSED),
        (429, PublishFault.THROTTLED),
        (500, PublishFault.UNKNOWN),
        (503, PublishFault.UNKNOWN),
    ],
)
async def test_what_each_status_means(wire: respx.Route, status: int, fault: PublishFault) -> None:
    wire.respond(status, json={"error": "because"})
    failure = await outgoing().failure()
    assert (failure.fault, failure.reason) == (fault, "because")


async def test_a_receiver_that_is_down_says_when_it_is_back(wire: respx.Route) -> None:
    wire.respond(503, headers={"retry-after": "120"})
    failure = await outgoing().failure()
    assert (failure.fault, failure.retry_after) == (PublishFault.UNKNOWN, timedelta(minutes=2))


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_not base64 at all, really not",
        base64.b64encode(bytes(range(32))).decode(),
        "whsec_" + base64.b64encode(bytes(range(23))).decode(),
        "whsec_" + base64.b64encode(bytes(range(65))).decode(),
    ],
)
async def test_a_secret_that_is_none_is_refused_before_anything_is_sent(secret: str) -> None:
    hook = Outgoing(Webhook(connect, utc_now), {"url": URL, "secret": secret})
    with respx.mock:
        failure = await failure_of(hook.identify())
    assert failure.fault is PublishFault.UNAUTHORIZED
    assert "secret must be" in failure.reason
    assert not secret.removeprefix("whsec_") or secret not in f"{failure!r} {failure.reason}"


@pytest.mark.parametrize(
    "url", ["", "hooks.example", "ftp://hooks.example", "https://", "https://user:pw@hooks.example/"]
)
async def test_an_address_that_is_none_is_refused(url: str) -> None:
    hook = Outgoing(Webhook(connect, utc_now), {"url": url, "secret": SECRET})
    with respx.mock:
        failure = await failure_of(hook.identify())
    assert failure.fault is PublishFault.UNAUTHORIZED
    assert "address" in failure.reason


async def test_a_connection_is_tested_by_a_signed_delivery_that_publishes_nothing(wire: respx.Route) -> None:
    found = await outgoing().identify()
    request = wire.calls.last.request
    body = taken(request)
    assert (body["type"], body["data"]) == ("connection.test", {})
    assert utc_now() - datetime.fromisoformat(body["timestamp"]) < timedelta(minutes=1)
    assert request.headers["webhook-id"].startswith("test-")
    assert found.name == "hooks.example"
    assert "abcdefgh" not in f"{found}"


async def test_each_test_has_an_id_of_its_own_and_each_hook_too(wire: respx.Route) -> None:
    first, again = [(await outgoing().identify()).external_id for _ in range(2)]
    assert len({call.request.headers["webhook-id"] for call in wire.calls}) == 2
    with respx.mock:
        respx.post("https://hooks.example/other").respond(204)
        other = (await outgoing("https://hooks.example/other").identify()).external_id
    assert first == again != other


async def test_a_hook_in_our_own_network_is_refused_in_clear_words() -> None:
    async with open_outward_pool() as http:
        hook = Outgoing(Webhook(lambda: http, utc_now), {"url": "https://127.0.0.1:4433/in", "secret": SECRET})
        failure = await hook.failure()
    assert failure.fault is PublishFault.REFUSED
    assert "private" in failure.reason
