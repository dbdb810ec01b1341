"""Queues: not used by the product, but Upstash's suite asks for them."""

import pytest

from tests.dev.qstash.world import APP, World


async def enqueue(world: World, path: str, queue: str = "line", **headers: str) -> str:
    named = {f"Upstash-{name.replace('_', '-')}": value for name, value in headers.items()}
    answer = await world.call("POST", f"/v2/enqueue/{queue}/{APP}{path}", headers=named)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["messageId"])


async def test_a_queue_is_first_in_first_out_through_all_retries(world: World) -> None:
    world.destination.will_answer("/0", 500, 500)
    for number in range(3):
        await enqueue(world, f"/{number}", retry_delay="60000")
    await world.pass_time()
    assert [call.target for call in world.destination.calls] == ["/0", "/0", "/0", "/1", "/2"]


async def test_a_cancelled_head_lets_the_next_one_through(world: World) -> None:
    world.destination.will_answer("/0", 500)
    head = await enqueue(world, "/0")
    await enqueue(world, "/1")
    await world.qstash.run_due()
    await world.call("DELETE", f"/v2/messages/{head}")
    await world.qstash.run_due()
    assert [call.target for call in world.destination.calls] == ["/0", "/1"]


async def test_a_paused_queue_waits(world: World) -> None:
    await world.call("POST", "/v2/queues", json={"queueName": "line", "parallelism": 2, "paused": True})
    await enqueue(world, "/0")
    assert await world.qstash.run_due() == []
    read = await world.get("/v2/queues/line")
    assert (read["parallelism"], read["paused"], read["lag"]) == (2, True, 1)
    await world.call("POST", "/v2/queues/line/resume")
    assert len(await world.qstash.run_due()) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [({"queueName": "a b"}, 400), ({"queueName": "a", "parallelism": 0}, 412), ({}, 400), ({"queueName": 3}, 400)],
)
async def test_an_unusable_queue_is_refused(world: World, body: dict[str, object], status: int) -> None:
    assert (await world.call("POST", "/v2/queues", json=body)).status_code == status
