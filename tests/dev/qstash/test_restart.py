"""What survives a restart, when there is a state file."""

from datetime import timedelta
from pathlib import Path

import pytest

from dev.qstash import QStash
from tests.dev.qstash.world import APP, START, World


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "local" / "qstash.db"


async def restart(world: World, state_file: Path, **options: object) -> QStash:
    await world.qstash.aclose()
    return world.use(state_file=state_file, **options)


async def test_waiting_messages_and_their_place_in_the_retries_survive(world: World, state_file: Path) -> None:
    world.use(state_file=state_file)
    world.destination.will_answer("/retried", 500)
    await world.call("POST", f"/v2/publish/{APP}/later", content=b"\xff\x00", headers={"Upstash-Delay": "1h"})
    await world.publish("/retried", retries="5", forward_x_team="a")
    await world.qstash.run_due()
    await restart(world, state_file)
    assert world.qstash.next_due_at() == START + timedelta(seconds=12)
    await world.pass_time()
    assert world.destination.at("/later")[0].body == b"\xff\x00"
    assert world.since_start("/later") == [3600]
    assert world.destination.at("/retried")[1].headers["upstash-retried"] == "1"
    assert world.destination.at("/retried")[1].headers["x-team"] == "a"


async def test_a_call_that_was_open_when_the_process_died_is_made_again(world: World, state_file: Path) -> None:
    world.use(state_file=state_file)

    async def die() -> int:
        raise KeyError("the process is gone")

    world.destination.will_answer("/work", die)
    message_id = await world.publish_id()
    with pytest.raises(KeyError):
        await world.qstash.run_due()
    await restart(world, state_file)
    assert [delivery.message_id for delivery in await world.qstash.run_due()] == [message_id]


async def test_what_has_ended_does_not_come_back(world: World, state_file: Path) -> None:
    world.use(state_file=state_file)
    await world.publish()
    cancelled = await world.publish_id(delay="1h")
    await world.call("DELETE", f"/v2/messages/{cancelled}")
    await world.qstash.run_due()
    await restart(world, state_file)
    assert await world.pass_time() == []
    world.clock.advance(by=timedelta(hours=1))
    await world.qstash.run_due()
    assert len(world.qstash.store.messages) == 0


async def test_schedules_letters_windows_keys_pauses_and_the_days_count_survive(world: World, state_file: Path) -> None:
    world.use(state_file=state_file)
    world.destination.will_answer("/work", 500)
    headers = {"Upstash-Cron": "0 9 * * *", "Upstash-Schedule-Id": "sweep"}
    await world.call("POST", f"/v2/schedules/{APP}/cron", headers=headers)
    first = await world.publish_id(retries="0", deduplication_id="run_1", flow_control_key="k")
    await world.qstash.run_due()
    await world.call("POST", "/v2/flowControl/k/pause")
    rotated = (await world.call("POST", "/v2/keys/rotate")).json()

    await restart(world, state_file)
    assert [schedule["scheduleId"] for schedule in await world.get("/v2/schedules")] == ["sweep"]
    assert [letter.message.id for letter in world.qstash.dead_letters()] == [first]
    assert (await world.publish(deduplication_id="run_1")).json()["messageId"] == first
    assert (await world.get("/v2/flowControl/k"))["isPaused"] is True
    assert await world.get("/v2/keys") == rotated
    assert world.qstash.quota.used(world.clock.now()) == 1
    await world.pass_time(timedelta(days=1))
    assert world.since_start("/cron") == [3600]


async def test_messages_keep_their_order_of_publication(world: World, state_file: Path) -> None:
    world.use(state_file=state_file)
    for number in range(3):
        await world.publish(f"/{number}", flow_control_key="k", flow_control_value="parallelism=1")
    await restart(world, state_file)
    await world.publish("/3", flow_control_key="k", flow_control_value="parallelism=1")
    await world.qstash.run_due()
    assert [call.target for call in world.destination.calls] == ["/0", "/1", "/2", "/3"]
