"""How many calls of one key may be open, and how many may start in a period."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from dev.qstash import FREE
from tests.dev.qstash.world import World


async def publish_many(world: World, count: int, value: str, key: str = "acct_1") -> None:
    for number in range(count):
        await world.publish(f"/{key}/{number}", flow_control_key=key, flow_control_value=value)


async def test_with_parallelism_1_the_destination_never_sees_two_calls_of_a_key_at_once(world: World) -> None:
    await publish_many(world, 5, "parallelism=1")
    assert len(await world.qstash.run_due()) == 5
    assert world.destination.most_open == 1
    assert [call.target for call in world.destination.calls] == [f"/acct_1/{number}" for number in range(5)]


@pytest.mark.parametrize(("value", "most"), [("parallelism=2", 2), ("parallelism=3, rate=100, period=1m", 3), ("", 5)])
async def test_parallelism_is_used_fully(world: World, value: str, most: int) -> None:
    await publish_many(world, 5, value)
    await world.qstash.run_due()
    assert world.destination.most_open == most


async def test_keys_do_not_hinder_each_other(world: World) -> None:
    await publish_many(world, 2, "parallelism=1", key="a")
    await publish_many(world, 2, "parallelism=1", key="b")
    await world.qstash.run_due()
    assert world.destination.most_open == 2


async def test_between_a_failure_and_its_retry_another_message_of_the_key_may_run(world: World) -> None:
    """A slot is held only while the call is open; order is nobody's promise."""
    world.destination.will_answer("/acct_1/0", 500)
    await publish_many(world, 2, "parallelism=1")
    await world.pass_time()
    assert [call.target for call in world.destination.calls] == ["/acct_1/0", "/acct_1/1", "/acct_1/0"]


async def test_a_rate_lets_so_many_calls_start_in_each_fixed_window(world: World) -> None:
    await publish_many(world, 5, "rate=2, period=1m")
    await world.pass_time()
    assert [(call.at - world.destination.calls[0].at).total_seconds() for call in world.destination.calls] == [
        0,
        0,
        60,
        60,
        120,
    ]


async def test_the_latest_messages_limits_hold_for_all_that_wait(world: World) -> None:
    await publish_many(world, 3, "parallelism=1")
    await publish_many(world, 1, "parallelism=4")
    await world.qstash.run_due()
    assert world.destination.most_open == 4


async def test_pinned_limits_hold_whatever_messages_bring_until_unpinned(world: World) -> None:
    await publish_many(world, 1, "parallelism=5, rate=9, period=1m")
    await world.call("POST", "/v2/flowControl/acct_1/pin?parallelism=1&rate=3&period=120")
    await publish_many(world, 1, "parallelism=5")
    assert await facts(world, "parallelismMax", "rateMax", "ratePeriod") == [1, 3, 120]
    assert await facts(world, "isPinnedParallelism", "isPinnedRate") == [True, True]
    await world.call("POST", "/v2/flowControl/acct_1/unpin?parallelism=true")
    await publish_many(world, 1, "parallelism=5")
    assert await facts(world, "parallelismMax", "rateMax") == [5, 3]
    assert await facts(world, "isPinnedParallelism", "isPinnedRate") == [False, True]


async def test_a_paused_key_keeps_its_messages_until_it_is_resumed(world: World) -> None:
    await publish_many(world, 2, "parallelism=5")
    await world.call("POST", "/v2/flowControl/acct_1/pause")
    assert await world.qstash.run_due() == []
    assert world.qstash.next_due_at() is None  # only an event can change that
    assert await facts(world, "isPaused", "waitListSize") == [True, 2]
    await world.call("POST", "/v2/flowControl/acct_1/resume")
    assert len(await world.qstash.run_due()) == 2


async def test_resetting_the_rate_opens_a_new_window_at_once(world: World) -> None:
    await publish_many(world, 2, "rate=1, period=1h")
    assert len(await world.qstash.run_due()) == 1
    assert await facts(world, "rateCount", "waitListSize") == [1, 1]
    await world.call("POST", "/v2/flowControl/acct_1/resetRate")
    assert await facts(world, "rateCount") == [0]
    assert len(await world.qstash.run_due()) == 1


async def test_a_cancelled_message_leaves_the_wait_list(world: World) -> None:
    await publish_many(world, 3, "rate=1, period=1h")
    await world.qstash.run_due()
    await world.call("DELETE", "/v2/messages?flowControlKey=acct_1")
    assert await facts(world, "waitListSize") == [0]
    assert await world.pass_time() == []


async def test_open_calls_are_counted_while_they_are_open(world: World) -> None:
    seen: list[Any] = []

    async def look() -> int:
        seen.append((await facts(world, "parallelismCount", "waitListSize"), await world.get("/v2/globalParallelism")))
        return 200

    world.destination.will_answer("/acct_1/0", look)
    await publish_many(world, 2, "parallelism=1")
    await world.qstash.run_due()
    assert seen == [([1, 1], {"parallelismMax": 1000, "parallelismCount": 1})]
    assert await facts(world, "parallelismCount", "waitListSize") == [0, 0]


async def test_the_plan_limits_all_open_calls_together(world: World) -> None:
    world.use(plan=FREE)
    gate = asyncio.Event()

    async def wait() -> int:
        await gate.wait()
        return 200

    for number in range(12):
        world.destination.will_answer(f"/{number}", wait)
        await world.publish(f"/{number}")
    running = asyncio.create_task(world.qstash.run_due())
    for _ in range(50):
        await asyncio.sleep(0)
    assert world.destination.open == 10
    gate.set()
    assert len(await running) == 12


async def test_a_key_is_there_from_its_first_message_on_and_unknown_before(world: World) -> None:
    assert (await world.call("GET", "/v2/flowControl/acct_1")).status_code == 404
    await world.publish(flow_control_key="acct_1", flow_control_value="parallelism=2", delay="1h")
    assert await facts(world, "flowControlKey", "parallelismMax", "rateMax", "ratePeriod") == ["acct_1", 2, 0, 1]
    assert [key["flowControlKey"] for key in await world.get("/v2/flowControl", search="acct")] == ["acct_1"]


async def test_a_message_shows_its_own_limits_and_a_default_period(world: World) -> None:
    message_id = await world.publish_id(flow_control_key="k", flow_control_value="rate=23,period=1h30m3s", delay="1h")
    read = await world.get(f"/v2/messages/{message_id}")
    assert (read["flowControlKey"], read["rate"], read["period"], "parallelism" in read) == ("k", 23, 5403, False)
    message_id = await world.publish_id(flow_control_key="k", flow_control_value="parallelism=5", delay="1h")
    read = await world.get(f"/v2/messages/{message_id}")
    assert (read["parallelism"], read["period"], "rate" in read) == (5, 1, False)


async def test_a_rate_window_opens_with_its_first_call(world: World) -> None:
    await publish_many(world, 1, "rate=1, period=1m")
    await world.qstash.run_due()
    world.clock.advance(by=timedelta(minutes=10))
    await publish_many(world, 2, "rate=1, period=1m")
    await world.pass_time()
    times = [call.at - world.destination.calls[0].at for call in world.destination.calls]
    assert times == [timedelta(0), timedelta(minutes=10), timedelta(minutes=11)]


async def facts(world: World, *names: str) -> list[Any]:
    shape = await world.get("/v2/flowControl/acct_1")
    return [shape[name] for name in names]
