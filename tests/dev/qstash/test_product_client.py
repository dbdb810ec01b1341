"""The product's own QStash client against the stand-in, over a real line."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from dev.qstash import DEV_TOKEN, FREE
from dev.serving import Trouble, listen, serving, url_of
from lib.adapters.qstash import Queue
from lib.domain.message import Message
from lib.errors import LimitReached, Unavailable
from tests.dev.qstash.world import APP, START, World


def message(number: int, after: timedelta = timedelta(hours=3)) -> Message:
    return Message(
        path="/work",
        body={"number": number},
        deduplication_id=f"s1_{number}_0",
        flow_key="generate_w1",
        parallelism=1,
        not_before=START + after,
    )


@pytest.fixture
async def queue(world: World) -> AsyncIterator[Queue]:
    sock = listen()
    world.use(plan=FREE)
    async with serving(world.qstash.app, sock), httpx.AsyncClient() as client:
        yield Queue(url_of(sock), DEV_TOKEN, APP, lambda: client, bypass_secret="let-me-in")


async def test_a_published_message_comes_back_at_its_time_one_at_a_time(world: World, queue: Queue) -> None:
    await queue.publish(message(1))
    await queue.publish_many([message(2), message(3)])
    await world.pass_time()
    assert [call.json["number"] for call in world.destination.at("/work")] == [1, 2, 3]
    assert world.since_start() == [10_800] * 3
    assert world.destination.most_open == 1
    assert world.destination.calls[0].headers["x-vercel-protection-bypass"] == "let-me-in"


async def test_its_retries_stay_inside_the_deduplication_window_and_end_in_the_failure_callback(
    world: World, queue: Queue
) -> None:
    world.destination.will_answer("/work", 500, 500, 500, 500)
    await queue.publish(message(1, after=timedelta(0)))
    await world.pass_time()
    assert world.since_start() == [0, 20, 60, 140]
    (call,) = world.destination.at("/api/qstash/failed")
    assert (call.json["status"], call.json["maxRetries"]) == (500, 3)
    assert call.headers["x-vercel-protection-bypass"] == "let-me-in"


async def test_a_repeated_message_is_one_message_and_a_cancelled_one_is_none(world: World, queue: Queue) -> None:
    message_id = await queue.publish(message(1))
    assert await queue.publish(message(1)) == message_id
    await queue.cancel(message_id)
    await queue.cancel(message_id)
    assert await world.pass_time() == []


async def test_its_schedule_is_there_once_however_often_it_is_installed(world: World, queue: Queue) -> None:
    for _ in range(2):
        await queue.schedule("check-schedules", "*/10 * * * *", "/api/cron/check-schedules")
    await world.pass_time(timedelta(minutes=20))
    assert world.since_start("/api/cron/check-schedules") == [600, 1200]


async def test_refusals_and_outages_reach_it_as_its_own_errors(world: World, queue: Queue) -> None:
    with pytest.raises(LimitReached, match="maxDelay exceeded, current limit: 604800"):
        await queue.publish(message(1, after=timedelta(days=8)))
    world.qstash.faults.quota_spent = True
    with pytest.raises(LimitReached, match="daily ratelimit 1000 exceeded"):
        await queue.publish(message(1))
    world.qstash.faults.clear()
    for trouble in (Trouble.CUT, Trouble.FAILING):
        world.qstash.faults.outage = trouble
        with pytest.raises(Unavailable):
            await queue.publish(message(1))
