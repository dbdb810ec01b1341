"""What we send to QStash, held against what Upstash's own SDK sends for the same wish."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx
from qstash import AsyncQStash
from qstash.message import BatchJsonRequest

from lib.adapters.qstash import RETRIES, RETRY_DELAY, Queue
from lib.domain.message import Message
from lib.errors import LimitReached, Unavailable

QSTASH = "https://qstash.example"
APP = "https://app.example"
DUE = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MESSAGE = Message(
    path="/api/content/generate-scheduled",
    body={"scheduleId": "s1", "timestamp": DUE.isoformat(), "revision": 3},
    deduplication_id="s1_20261121T120000Z_3_0",
    flow_key="generate_w1",
    parallelism=2,
    not_before=DUE,
)
# What the SDK adds of itself, or spells by httpx: nothing that QStash acts on.
INCIDENTAL = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length"}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def wire() -> AsyncIterator[respx.MockRouter]:
    with respx.mock(base_url=QSTASH) as router:
        yield router


def queue(http: httpx.AsyncClient, bypass: str | None = None) -> Queue:
    return Queue(QSTASH, "token", APP, lambda: http, bypass)


def acted_on(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in INCIDENTAL}


async def test_a_published_message_is_the_one_that_the_sdk_would_send(
    wire: respx.MockRouter, http: httpx.AsyncClient
) -> None:
    route = wire.post(url__regex=r"/v2/publish/.*").respond(200, json={"messageId": "msg_1"})
    assert await queue(http).publish(MESSAGE) == "msg_1"
    await AsyncQStash("token", retry=False, base_url=QSTASH).message.publish_json(
        url=f"{APP}{MESSAGE.path}",
        body=dict(MESSAGE.body),
        retries=RETRIES,
        retry_delay=RETRY_DELAY,
        not_before=int(DUE.timestamp()),
        deduplication_id=MESSAGE.deduplication_id,
        failure_callback=f"{APP}/api/qstash/failed",
        flow_control={"key": MESSAGE.flow_key, "parallelism": MESSAGE.parallelism},
    )
    ours, theirs = (call.request for call in route.calls)
    assert ours.url == theirs.url
    assert acted_on(ours.headers) == acted_on(theirs.headers)
    assert json.loads(ours.content) == json.loads(theirs.content)


async def test_a_batch_is_the_one_that_the_sdk_would_send_but_keeps_the_retry_delay(
    wire: respx.MockRouter, http: httpx.AsyncClient
) -> None:
    route = wire.post("/v2/batch").respond(200, json=[{"messageId": "msg_1"}])
    assert await queue(http).publish_many([MESSAGE]) == ["msg_1"]
    item: BatchJsonRequest = {
        "url": f"{APP}{MESSAGE.path}",
        "body": dict(MESSAGE.body),
        "retries": RETRIES,
        "retry_delay": RETRY_DELAY,
        "not_before": int(DUE.timestamp()),
        "deduplication_id": MESSAGE.deduplication_id,
        "failure_callback": f"{APP}/api/qstash/failed",
        "flow_control": {"key": MESSAGE.flow_key, "parallelism": MESSAGE.parallelism},
    }
    await AsyncQStash("token", retry=False, base_url=QSTASH).message.batch_json([item])
    ours, theirs = (json.loads(call.request.content)[0] for call in route.calls)
    assert ours["destination"] == theirs["destination"]
    assert ours["headers"].pop("Upstash-Retry-Delay") == RETRY_DELAY
    theirs["headers"].pop("Upstash-Retry-Delay", None)
    assert ours["headers"] == theirs["headers"]
    assert json.loads(ours["body"]) == json.loads(theirs["body"])


async def test_the_protection_bypass_goes_with_the_message_and_its_failure_callback(
    wire: respx.MockRouter, http: httpx.AsyncClient
) -> None:
    route = wire.post(url__regex=r"/v2/publish/.*").respond(200, json={"messageId": "msg_1"})
    await queue(http, "s3cret").publish(MESSAGE)
    headers = route.calls.last.request.headers
    assert headers["upstash-forward-x-vercel-protection-bypass"] == "s3cret"
    assert headers["upstash-failure-callback-forward-x-vercel-protection-bypass"] == "s3cret"


async def test_a_message_is_never_asked_for_before_its_second(wire: respx.MockRouter, http: httpx.AsyncClient) -> None:
    route = wire.post(url__regex=r"/v2/publish/.*").respond(200, json={"messageId": "msg_1"})
    later = Message(**{**_fields(MESSAGE), "not_before": DUE + timedelta(milliseconds=1)})
    await queue(http).publish(later)
    assert int(route.calls.last.request.headers["upstash-not-before"]) == int(DUE.timestamp()) + 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (httpx.Response(429, json={"error": "daily ratelimit 1000 exceeded"}), LimitReached),
        (httpx.Response(412, json={"error": "quota maxDelay exceeded, current limit: 604800"}), LimitReached),
        (httpx.Response(400, text="<html>"), LimitReached),
        (httpx.Response(302, headers={"location": "/"}), LimitReached),
        (httpx.Response(503), Unavailable),
        (httpx.Response(200, text="<html>"), Unavailable),
        (httpx.Response(200, json={"id": 1}), Unavailable),
        (httpx.Response(200, json=["msg_1"]), Unavailable),
        (httpx.ConnectError("refused"), Unavailable),
        (httpx.ReadTimeout("slow"), Unavailable),
    ],
)
async def test_every_trouble_with_qstash_has_one_of_two_names(
    reply: httpx.Response | Exception,
    error: type[Exception],
    wire: respx.MockRouter,
    http: httpx.AsyncClient,
) -> None:
    wire.post(url__regex=r"/v2/publish/.*").mock(side_effect=[reply])
    with pytest.raises(error):
        await queue(http).publish(MESSAGE)


async def test_one_refused_item_of_a_batch_does_not_hide_the_accepted_ones(
    wire: respx.MockRouter, http: httpx.AsyncClient
) -> None:
    wire.post("/v2/batch").respond(200, json=[{"messageId": "msg_1"}, {"error": "no"}])
    assert await queue(http).publish_many([MESSAGE, MESSAGE]) == ["msg_1", None]


async def test_cancelling_nothing_never_becomes_cancelling_everything(http: httpx.AsyncClient) -> None:
    with pytest.raises(ValueError, match="no message id"):
        await queue(http).cancel("")


async def test_cancelling_what_is_gone_is_fine(wire: respx.MockRouter, http: httpx.AsyncClient) -> None:
    wire.delete("/v2/messages/msg_1").respond(404, json={"error": "message not found"})
    await queue(http).cancel("msg_1")


async def test_a_schedule_is_installed_under_a_fixed_id(wire: respx.MockRouter, http: httpx.AsyncClient) -> None:
    route = wire.post(f"/v2/schedules/{APP}/api/cron/check-schedules").respond(200, json={"scheduleId": "d"})
    await queue(http).schedule("drumbeat-check-schedules", "*/10 * * * *", "/api/cron/check-schedules")
    headers = route.calls.last.request.headers
    assert headers["upstash-schedule-id"] == "drumbeat-check-schedules"
    assert headers["upstash-cron"] == "*/10 * * * *"


def _fields(message: Message) -> dict[str, object]:
    return {name: getattr(message, name) for name in Message.__slots__}
