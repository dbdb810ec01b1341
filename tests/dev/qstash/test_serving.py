"""Real time: the background loop of `make dev`."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from dev.clock import RealClock
from dev.qstash import MessageState, create_qstash
from tests.dev.qstash.world import APP, World


@pytest.fixture
async def loop_of(world: World) -> AsyncIterator[asyncio.Task[None]]:
    world.qstash = create_qstash(RealClock().now, http=world.http)
    task = asyncio.create_task(world.qstash.serve())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until_called(world: World, path: str, times: int = 1) -> None:
    async with asyncio.timeout(3):  # less than the nap after which the loop looks by itself
        while len(world.destination.at(path)) < times:
            world.destination.called.clear()
            await world.destination.called.wait()


async def test_what_is_published_is_delivered_without_being_asked_for(
    world: World, loop_of: asyncio.Task[None]
) -> None:
    await asyncio.sleep(0.01)  # the loop has gone to sleep over an empty calendar
    await world.publish()
    await until_called(world, "/work")


async def test_delays_and_retries_take_their_time(world: World, loop_of: asyncio.Task[None]) -> None:
    started = asyncio.get_running_loop().time()
    world.destination.will_answer("/work", (503, {"Retry-After": "0.2"}, ""))
    await world.publish()
    await until_called(world, "/work", times=2)
    assert 0.2 <= asyncio.get_running_loop().time() - started < 2


async def test_a_slow_destination_does_not_hold_others_up(world: World, loop_of: asyncio.Task[None]) -> None:
    gate = asyncio.Event()

    async def wait() -> int:
        await gate.wait()
        return 200

    world.destination.will_answer("/slow", wait)
    await world.publish("/slow")
    await until_called(world, "/slow")
    await world.publish("/quick")
    await until_called(world, "/quick")
    gate.set()


async def test_a_resumed_key_is_noticed_at_once(world: World, loop_of: asyncio.Task[None]) -> None:
    await world.publish("/first", flow_control_key="k")
    await world.call("POST", "/v2/flowControl/k/pause")
    await world.publish(flow_control_key="k")
    await asyncio.sleep(0.05)
    assert world.destination.at("/work") == []
    await world.call("POST", "/v2/flowControl/k/resume")
    await until_called(world, "/work")


async def test_cancelling_the_loop_stops_open_calls_and_keeps_their_messages(
    world: World, loop_of: asyncio.Task[None]
) -> None:
    async def wait() -> int:
        await asyncio.Event().wait()
        return 200

    world.destination.will_answer("/work", wait)
    await world.publish()
    await until_called(world, "/work")
    loop_of.cancel()
    await asyncio.gather(loop_of, return_exceptions=True)
    assert [message.state for message in world.qstash.pending()] == [MessageState.WAITING]
    assert [delivery.status for delivery in await world.qstash.run_due()] == [200]


async def test_a_defect_ends_the_loop_loudly(world: World, loop_of: asyncio.Task[None]) -> None:
    async def burst() -> int:
        raise LookupError("not a network failure")

    world.destination.will_answer("/work", burst)
    await world.call("POST", f"/v2/publish/{APP}/work")
    with pytest.raises(LookupError):
        await asyncio.wait_for(loop_of, 5)
