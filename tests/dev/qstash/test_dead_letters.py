"""Messages that failed for good, and what is told about them."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from dev.qstash import FREE
from tests.dev.qstash.world import APP, START, World

MS = int(START.timestamp() * 1000)


async def fail(world: World, path: str = "/work", status: int = 404, **headers: str) -> str:
    world.destination.will_answer(path, (status, {"X-Why": "gone"}, f"{status} no"))
    message_id = await world.publish_id(path, body="job", **{"retries": "0", **headers})
    await world.qstash.run_due()
    return message_id


async def letters(world: World, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.get("/v2/dlq", **query))["messages"]
    return found


async def test_an_exhausted_message_lies_in_the_dlq_with_its_last_reply(world: World) -> None:
    message_id = await fail(world, retry_delay="7000 * retried", forward_x_team="a")
    (letter,) = await letters(world)
    assert await world.get(f"/v2/dlq/{letter['dlqId']}") == letter
    assert letter["dlqId"].startswith(f"{MS}-")
    expected = {
        "messageId": message_id,
        "url": f"{APP}/work",
        "method": "POST",
        "body": "job",
        "header": {"X-Team": ["a"]},
        "maxRetries": 0,
        "retryDelayExpression": "7000 * retried",
        "responseStatus": 404,
        "responseBody": "404 no",
    }
    assert {name: letter[name] for name in expected} == expected
    assert letter["responseHeader"]["X-Why"] == ["gone"]


async def test_a_destination_that_never_answered_has_status_0(world: World) -> None:
    world.qstash.faults.lose_reply_next()
    await world.publish(retries="0")
    await world.qstash.run_due()
    assert [letter["responseStatus"] for letter in await letters(world)] == [0]


async def test_the_failure_callback_tells_once_what_failed_and_names_its_dead_letter(world: World) -> None:
    world.destination.will_answer("/work", 500, (503, {"Content-Type": "text/plain"}, "busy"))
    message_id = await world.publish_id(
        "/work",
        body="job",
        retries="1",
        delay="30s",
        failure_callback=f"{APP}/failed",
        forward_x_team="a",
        failure_callback_forward_x_secret="s",
    )
    await world.pass_time()
    (call,) = world.destination.at("/failed")
    (letter,) = await letters(world)
    assert call.json == {
        "status": 503,
        "header": {"Content-Type": ["text/plain"], "Content-Length": ["4"]},
        "body": base64.b64encode(b"busy").decode(),
        "retried": 1,
        "maxRetries": 1,
        "dlqId": letter["dlqId"],
        "sourceMessageId": message_id,
        "url": f"{APP}/work",
        "method": "POST",
        "sourceHeader": {"X-Team": ["a"]},
        "sourceBody": base64.b64encode(b"job").decode(),
        "notBefore": str(MS + 30_000),
        "createdAt": str(MS),
        "callerIP": "127.0.0.1",
    }
    assert (call.method, call.headers["content-type"], call.headers["x-secret"]) == ("POST", "application/json", "s")
    assert call.headers["upstash-message-id"] != message_id


async def test_a_failing_failure_callback_is_retried_as_often_as_its_source_and_then_dead_too(world: World) -> None:
    world.destination.will_answer("/work", 500, 500)
    world.destination.will_answer("/failed", 500, 500, 500)
    await world.publish(retries="1", failure_callback=f"{APP}/failed")
    await world.pass_time()
    assert len(world.destination.at("/failed")) == 2
    assert [letter["url"] for letter in await letters(world)] == [f"{APP}/failed", f"{APP}/work"]


async def test_a_callbacks_own_options_are_those_with_its_prefix(world: World) -> None:
    world.destination.will_answer("/failed", 500, 500, 500)
    own = {"failure_callback_retries": "2", "failure_callback_retry_delay": "7000", "failure_callback_method": "PUT"}
    await fail(world, "/work", 404, failure_callback=f"{APP}/failed", **own)
    await world.pass_time()
    assert world.since_start("/failed") == [0, 7, 14]
    assert {call.method for call in world.destination.at("/failed")} == {"PUT"}


async def test_the_callback_tells_of_every_answered_attempt_and_the_failure_callback_of_none_but_the_last(
    world: World,
) -> None:
    world.destination.will_answer("/work", 500, 201)
    await world.publish(callback=f"{APP}/told", failure_callback=f"{APP}/failed")
    await world.pass_time()
    told = [call.json for call in world.destination.at("/told")]
    assert [(body["status"], body["retried"]) for body in told] == [(500, 0), (201, 1)]
    assert all("dlqId" not in body for body in told)
    assert world.destination.at("/failed") == []


async def test_of_an_attempt_without_a_reply_only_the_failure_callback_tells(world: World) -> None:
    world.qstash.faults.lose_reply_next(to="/work")
    await world.publish(retries="0", callback=f"{APP}/told", failure_callback=f"{APP}/failed")
    await world.pass_time()
    assert world.destination.at("/told") == []
    assert [call.json["status"] for call in world.destination.at("/failed")] == [0]


async def test_a_dead_letter_can_be_sent_again_and_is_then_gone(world: World) -> None:
    message_id = await fail(world, deduplication_id="run_1")
    (letter,) = await letters(world)
    answer = await world.call("POST", f"/v2/dlq/retry/{letter['dlqId']}")
    assert answer.status_code == 201
    assert answer.json()["messageId"] != message_id
    assert await letters(world) == []
    await world.pass_time()
    assert [call.body for call in world.destination.calls] == [b"job", b"job"]


async def test_sending_again_may_change_options(world: World) -> None:
    await fail(world)
    world.destination.will_answer("/work", 500, 500)
    (letter,) = await letters(world)
    headers = {"Upstash-Retries": "1", "Upstash-Retry-Delay": "5000"}
    await world.call("POST", f"/v2/dlq/retry/{letter['dlqId']}", headers=headers)
    await world.pass_time()
    assert world.since_start() == [0, 0, 5]


async def test_many_are_sent_again_by_filter(world: World) -> None:
    await fail(world, "/a")
    await fail(world, "/b")
    answer = await world.call("POST", "/v2/dlq/retry", params={"url": f"{APP}/a"})
    assert answer.status_code == 201
    assert len(answer.json()["responses"]) == 1
    assert [letter["url"] for letter in await letters(world)] == [f"{APP}/b"]


async def test_letters_are_found_by_filter_and_page_by_page_latest_first(world: World) -> None:
    ids = []
    for number in range(5):
        ids.append(await fail(world, f"/{number}", status=400 + number, label=f"l{number}"))
        world.clock.advance(by=timedelta(seconds=1))
    assert [letter["messageId"] for letter in await letters(world)] == ids[::-1]
    assert [letter["messageId"] for letter in await letters(world, order="earliestFirst")] == ids
    assert [letter["messageId"] for letter in await letters(world, messageId=ids[3], count="1")] == [ids[3]]
    assert [letter["messageId"] for letter in await letters(world, responseStatus="402")] == [ids[2]]
    assert [letter["messageId"] for letter in await letters(world, label="l1")] == [ids[1]]
    since = await letters(world, fromDate=str(MS + 3_000))
    assert [letter["messageId"] for letter in since] == [ids[4], ids[3]]
    first = await world.get("/v2/dlq", count="3")
    rest = await world.get("/v2/dlq", count="3", cursor=first["cursor"])
    assert [letter["messageId"] for letter in first["messages"] + rest["messages"]] == ids[::-1]
    assert "cursor" not in rest


async def test_letters_are_deleted_one_by_one_by_list_and_by_filter(world: World) -> None:
    for number in range(4):
        await fail(world, f"/{number}", label="odd" if number % 2 else "even")
    ids = [letter["dlqId"] for letter in await letters(world, order="earliestFirst")]
    assert (await world.call("DELETE", f"/v2/dlq/{ids[0]}")).status_code == 200
    assert (await world.call("DELETE", f"/v2/dlq/{ids[0]}")).status_code == 404
    assert (await world.call("DELETE", "/v2/dlq", json={"dlqIds": [ids[0], ids[1]]})).json() == {"deleted": 1}
    assert (await world.call("DELETE", "/v2/dlq", params={"label": "odd"})).json() == {"deleted": 1}
    assert [letter["dlqId"] for letter in await letters(world)] == [ids[2]]


@pytest.mark.parametrize(("plan", "days"), [(FREE, 3)])
async def test_letters_are_kept_as_long_as_the_plan_says(world: World, plan: Any, days: int) -> None:
    world.use(plan=plan)
    await fail(world)
    world.clock.advance(by=timedelta(days=days) - timedelta(seconds=1))
    await world.qstash.run_due()
    assert len(world.qstash.dead_letters()) == 1
    world.clock.advance(by=timedelta(seconds=1))
    await world.qstash.run_due()
    assert world.qstash.dead_letters() == []


async def test_a_body_that_is_not_utf_8_is_shown_in_base64(world: World) -> None:
    world.destination.will_answer("/work", 500)
    await world.call("POST", f"/v2/publish/{APP}/work", content=b"\xff\x00", headers={"Upstash-Retries": "0"})
    await world.qstash.run_due()
    (letter,) = await letters(world)
    assert "body" not in letter
    assert base64.b64decode(letter["bodyBase64"]) == b"\xff\x00"
