"""What goes wrong on purpose."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from dev.qstash import DEV_TOKEN, Fault, Faults, Outcome
from dev.serving import Trouble, listen, serving, url_of
from tests.dev.qstash.world import APP, World


async def test_a_duplicate_is_two_calls_of_one_message_at_once(world: World) -> None:
    world.qstash.faults.duplicate_next()
    await world.publish()
    assert [delivery.outcome for delivery in await world.pass_time()] == [Outcome.DELIVERED, Outcome.REPEATED]
    first, second = world.destination.calls
    assert world.destination.most_open == 2
    assert first.headers["upstash-message-id"] == second.headers["upstash-message-id"]
    assert first.headers["upstash-retried"] == second.headers["upstash-retried"] == "0"
    assert first.headers["upstash-signature"] != second.headers["upstash-signature"]


async def test_a_duplicate_may_come_long_after_success(world: World) -> None:
    world.qstash.faults.duplicate_next(after=timedelta(hours=2))
    await world.publish()
    assert [delivery.outcome for delivery in await world.pass_time()] == [Outcome.DELIVERED, Outcome.DELIVERED]
    assert world.since_start() == [0, 7200]


async def test_a_dropped_message_never_arrives_and_leaves_no_dead_letter(world: World) -> None:
    world.qstash.faults.drop_next()
    await world.publish(delay="1m")
    await world.publish("/next", delay="2m")
    assert [delivery.outcome for delivery in await world.pass_time()] == [Outcome.LOST, Outcome.DELIVERED]
    assert world.destination.at("/work") == []
    assert (world.qstash.dead_letters(), world.qstash.pending()) == ([], [])


async def test_a_delayed_delivery_is_that_much_late(world: World) -> None:
    world.qstash.faults.delay_next(timedelta(minutes=9))
    await world.publish()
    await world.pass_time()
    assert world.since_start() == [540]


async def test_a_reordered_delivery_comes_after_the_one_behind_it(world: World) -> None:
    world.qstash.faults.reorder_next(to="/first")
    await world.publish("/first", delay="1m")
    await world.publish("/second", delay="2m")
    await world.pass_time()
    assert [call.target for call in world.destination.calls] == ["/second", "/first"]
    assert world.since_start("/first") == [120]


async def test_a_reordered_delivery_with_nobody_behind_it_still_comes(world: World) -> None:
    world.qstash.faults.reorder_next(within=timedelta(minutes=5))
    await world.publish()
    await world.pass_time()
    assert world.since_start() == [300]


async def test_a_reordered_delivery_that_fails_keeps_the_time_of_its_retry(world: World) -> None:
    world.destination.will_answer("/first", (503, {"Retry-After": "3600"}, ""))
    world.qstash.faults.reorder_next(to="/first", within=timedelta(minutes=5))
    await world.publish("/first")
    await world.publish("/second", delay="1m")
    await world.pass_time()
    assert world.since_start("/first") == [60, 3660]


async def test_a_lost_reply_makes_qstash_retry_what_the_destination_had_accepted(world: World) -> None:
    world.qstash.faults.lose_reply_next()
    await world.publish()
    assert [(delivery.status, delivery.outcome) for delivery in await world.pass_time()] == [
        (0, Outcome.RETRYING),
        (200, Outcome.DELIVERED),
    ]
    assert [call.headers["upstash-retried"] for call in world.destination.calls] == ["0", "1"]


async def test_a_scripted_fault_waits_for_its_destination_and_happens_as_often_as_told(world: World) -> None:
    world.qstash.faults.drop_next(times=2, to="/work")
    await world.publish("/other")
    for _ in range(3):
        await world.publish()
    await world.pass_time()
    assert [call.target for call in world.destination.calls] == ["/other", "/work"]


async def test_faults_by_chance_repeat_with_their_seed(world: World) -> None:
    async def outcomes(seed: int) -> list[Any]:
        chances = dict.fromkeys(Fault, 0.15)
        world.use(faults=Faults(seed, chances))
        for number in range(60):
            await world.publish(f"/{number}", retries="1", retry_delay="1000")
        start = world.clock.now()
        done = await world.pass_time()
        return [(delivery.url, delivery.outcome, delivery.started_at - start) for delivery in done]

    first, again, other = await outcomes(1), await outcomes(1), await outcomes(2)
    assert first == again
    assert first != other
    assert {outcome for _, outcome, _ in first} >= {Outcome.LOST, Outcome.REPEATED, Outcome.RETRYING}


@pytest.mark.parametrize("fault", list(Fault))
async def test_a_fault_that_always_happens_still_comes_to_an_end(world: World, fault: Fault) -> None:
    world.use(faults=Faults(3, {fault: 1.0}, spread=timedelta(seconds=5)))
    await world.publish(retries="2")
    world.clock.advance(by=timedelta(seconds=1))
    for _ in range(20):
        if (at := world.qstash.next_due_at()) is None:
            break
        world.clock.advance(to=at)
        await world.qstash.run_due()
    if fault is not Fault.DUPLICATE:  # that one forgets every success again, as told
        assert world.qstash.pending() == []


async def test_an_outage_answers_503_accepts_nothing_and_ends_when_told(world: World) -> None:
    world.qstash.faults.outage = Trouble.FAILING
    assert (await world.publish()).status_code == 503
    assert (await world.call("DELETE", "/v2/messages")).status_code == 503
    assert world.qstash.pending() == []
    world.qstash.faults.clear()
    assert (await world.publish()).status_code == 200


async def test_deliveries_go_on_while_the_api_is_down(world: World) -> None:
    await world.publish()
    world.qstash.faults.outage = Trouble.CUT
    assert [delivery.status for delivery in await world.qstash.run_due()] == [200]


async def test_a_slow_api_takes_time_on_the_stacks_clock(world: World) -> None:
    world.qstash.faults.slow_by = timedelta(seconds=20)
    before = world.clock.now()
    assert (await world.publish()).status_code == 200
    assert world.clock.now() - before == timedelta(seconds=20)


async def test_over_a_real_line_a_cut_api_drops_the_connection_and_a_lost_reply_was_accepted(world: World) -> None:
    sock = listen()
    headers = {"Authorization": f"Bearer {DEV_TOKEN}"}
    async with serving(world.qstash.app, sock), httpx.AsyncClient(base_url=url_of(sock), headers=headers) as client:
        world.qstash.faults.outage = Trouble.CUT
        with pytest.raises(httpx.TransportError):
            await client.post(f"/v2/publish/{APP}/work")
        assert world.qstash.pending() == []
        world.qstash.faults.clear()
        world.qstash.faults.lose_publish_reply_next()
        with pytest.raises(httpx.TransportError):
            await client.post(f"/v2/publish/{APP}/work")
        assert len(world.qstash.pending()) == 1
        assert (await client.post(f"/v2/publish/{APP}/a%2Fb//c?x=1")).status_code == 200
        assert world.qstash.pending()[-1].url == f"{APP}/a%2Fb//c?x=1"
