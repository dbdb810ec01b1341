"""A channel at Discord, at the wire."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import respx

from lib.adapters.publishers.discord import Discord
from lib.domain.platforms import POSTS
from lib.domain.schedule import ContentType
from lib.errors import PublishFailed, PublishFault
from tests.adapters.publishers.outgoing import ARTICLE, CALLING, Outgoing, connect
from tests.adapters.publishers.samples import THREAD

BASE = "https://discord.com"
URL = f"{BASE}/api/webhooks/1234/to-ken_ABCDEF"
TIDY = f"{BASE}/api/v10/webhooks/1234/to-ken_ABCDEF"
MESSAGE = {"id": "99", "channel_id": "7", "content": "…"}


def outgoing(url: str = URL, **settings: str) -> Outgoing:
    return Outgoing(Discord(connect, BASE), {"url": url}, **settings)


@pytest.fixture
def wire() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as router:
        yield router.post(TIDY, params={"wait": "true"}).respond(json=MESSAGE)


async def test_a_post_is_one_message_that_calls_nobody(wire: respx.Route) -> None:
    channel = outgoing(guild_id="5", channel_id="7")
    sent = await channel.send(channel.parts(CALLING)[0])
    assert (sent.external_id, sent.url) == ("99", f"{BASE}/channels/5/7/99")
    assert json.loads(wire.calls.last.request.content) == {
        "content": CALLING.body,
        "allowed_mentions": {"parse": []},
    }


async def test_a_thread_is_a_message_for_each_of_its_posts(wire: respx.Route) -> None:
    channel = outgoing()
    for part in channel.parts(THREAD):
        await channel.send(part)
    assert [json.loads(call.request.content)["content"] for call in wire.calls] == list(THREAD.segments)


def test_what_is_too_long_is_not_sent() -> None:
    with pytest.raises(PublishFailed) as failed:
        outgoing().parts(replace(outgoing().usual, body="a" * 2_001))
    assert failed.value.fault is PublishFault.UNFIT
    assert "2000" in failed.value.reason
    assert "aaa" not in failed.value.reason


@pytest.mark.parametrize("reply", [{"json": {}}, {"status_code": 204}, {"text": "ok"}, {"json": {"id": 99}}])
async def test_an_acceptance_without_an_id_is_looked_at_by_a_person(
    wire: respx.Route, reply: dict[str, object]
) -> None:
    wire.respond(**reply)  # type: ignore[arg-type]
    assert (await outgoing().failure()).fault is PublishFault.UNKNOWN


@pytest.mark.parametrize("code", [10015, 10003])
async def test_a_webhook_that_was_deleted_is_gone(wire: respx.Route, code: int) -> None:
    wire.respond(404, json={"message": "Unknown Webhook", "code": code})
    failure = await outgoing().failure()
    assert (failure.fault, failure.reason) == (PublishFault.GONE, "Unknown Webhook")


async def test_any_other_404_is_not_the_end_of_the_webhook(wire: respx.Route) -> None:
    wire.respond(404, json={"message": "404: Not Found", "code": 0})
    assert (await outgoing().failure()).fault is PublishFault.REFUSED


async def test_a_token_that_is_none_needs_its_owner(wire: respx.Route) -> None:
    wire.respond(401, json={"message": "Invalid Webhook Token", "code": 50027})
    assert (await outgoing().failure()).fault is PublishFault.UNAUTHORIZED


async def test_a_wait_may_be_a_part_of_a_second(wire: respx.Route) -> None:
    wire.respond(429, headers={"retry-after": "1"}, json={"message": "slow", "retry_after": 0.473, "global": False})
    failure = await outgoing().failure()
    assert failure.fault is PublishFault.THROTTLED
    assert failure.retry_after == timedelta(seconds=0.473)


async def test_while_cloudflare_bans_us_its_header_tells_how_long(wire: respx.Route) -> None:
    wire.respond(429, headers={"retry-after": "600"}, text="error code: 1015")
    assert (await outgoing().failure()).retry_after == timedelta(seconds=600)


async def test_a_refusal_is_told_with_its_details(wire: respx.Route) -> None:
    errors = {"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]}}
    wire.respond(400, json={"message": "Invalid Form Body", "code": 50035, "errors": errors})
    failure = await outgoing().failure()
    assert failure.fault is PublishFault.REFUSED
    assert failure.reason == "Invalid Form Body: Must be 2000 or fewer in length."


@pytest.mark.parametrize(
    "url",
    [
        "https://discord.com.evil.example/api/webhooks/1234/token",
        "https://discord.com@evil.example/api/webhooks/1234/token",
        "https://evil.example/?https://discord.com/api/webhooks/1234/token",
        "http://discord.com/api/webhooks/1234/token",
        "https://discord.com/api/webhooks/1234/../../users/@me",
        "https://discord.com/api/webhooks/1234",
        "https://discord.com/channels/1/2",
        "nothing",
    ],
)
async def test_an_address_anywhere_else_is_never_called(url: str) -> None:
    channel = Outgoing(Discord(connect, BASE), {"url": url})
    with respx.mock:
        assert (await channel.refusal()).fault is PublishFault.UNAUTHORIZED
        assert (await channel.failure()).fault is PublishFault.UNAUTHORIZED


@pytest.mark.parametrize("url", [URL, f" {URL}/ ", TIDY, f"{BASE}/api/v9/webhooks/1234/to-ken_ABCDEF"])
async def test_the_address_is_taken_as_people_copy_it(wire: respx.Route, url: str) -> None:
    assert (await outgoing(url).send()).external_id == "99"


async def test_it_is_known_by_its_name_and_id_without_posting() -> None:
    with respx.mock:
        respx.get(TIDY).respond(
            json={"id": "1234", "type": 1, "name": "Tea", "channel_id": "7", "guild_id": "5", "token": "to-ken_ABCDEF"}
        )
        found = await outgoing().identify()
    assert (found.name, found.external_id) == ("Tea", "1234")
    assert found.settings == {"guild_id": "5", "channel_id": "7"}


async def test_a_deleted_one_cannot_be_connected() -> None:
    with respx.mock:
        respx.get(TIDY).respond(404, json={"message": "Unknown Webhook", "code": 10015})
        assert (await outgoing().refusal()).fault is PublishFault.GONE


async def test_nothing_there_is_ever_said_to_be_missing() -> None:
    channel = outgoing()
    with pytest.raises(PublishFailed):
        await channel.find(channel.parts()[0])


def test_it_takes_every_kind_of_post() -> None:
    for kind in POSTS:
        segments = THREAD.segments if kind is ContentType.X_THREAD else ()
        assert outgoing().parts(replace(outgoing().usual, kind=kind, segments=segments))


def test_an_article_is_too_long_for_a_message() -> None:
    with pytest.raises(PublishFailed) as failed:
        outgoing().parts(ARTICLE)
    assert failed.value.fault is PublishFault.UNFIT
