"""The same message twice within ten minutes."""

from datetime import timedelta

from tests.dev.qstash.world import APP, World


async def test_a_duplicate_is_answered_202_with_the_first_id_and_not_delivered(world: World) -> None:
    first = await world.publish_id(deduplication_id="run_1")
    answer = await world.publish("/elsewhere", deduplication_id="run_1")
    assert (answer.status_code, answer.json()) == (202, {"messageId": first, "deduplicated": True})
    assert len(await world.pass_time()) == 1


async def test_the_window_is_ten_minutes_from_the_first_message(world: World) -> None:
    first = await world.publish_id(deduplication_id="run_1")
    world.clock.advance(by=timedelta(minutes=10) - timedelta(seconds=1))
    assert (await world.publish(deduplication_id="run_1")).status_code == 202  # and does not extend the window
    world.clock.advance(by=timedelta(seconds=1))
    assert await world.publish_id(deduplication_id="run_1") != first


async def test_an_id_stays_used_up_when_its_message_fails_or_is_cancelled(world: World) -> None:
    cancelled = await world.publish_id(deduplication_id="run_1", delay="1h")
    await world.call("DELETE", f"/v2/messages/{cancelled}")
    assert (await world.publish(deduplication_id="run_1")).status_code == 202
    world.destination.will_answer("/work", 500)
    await world.publish(deduplication_id="run_2", retries="0")
    await world.pass_time()
    assert (await world.publish(deduplication_id="run_2")).status_code == 202


async def test_content_counts_as_destination_body_and_headers(world: World) -> None:
    """The Python SDK writes `True`."""
    options = {"content_based_deduplication": "True", "forward_x": "1"}
    await world.publish_id(body="a", **options)
    assert (await world.publish(body="a", **options)).status_code == 202
    assert (await world.publish(body="b", **options)).status_code == 200
    assert (await world.publish("/other", body="a", **options)).status_code == 200
    assert (await world.publish(body="a", **options | {"forward_x": "2"})).status_code == 200


async def test_without_an_id_nothing_is_a_duplicate(world: World) -> None:
    assert await world.publish_id(body="a") != await world.publish_id(body="a")


async def test_a_group_deduplicates_for_each_of_its_receivers(world: World) -> None:
    await world.call("POST", "/v2/topics/team/endpoints", json={"endpoints": [{"url": f"{APP}/a"}]})
    await world.call("POST", "/v2/publish/team", headers={"Upstash-Deduplication-Id": "x"})
    await world.call("POST", "/v2/topics/team/endpoints", json={"endpoints": [{"url": f"{APP}/b"}]})
    answer = await world.call("POST", "/v2/publish/team", headers={"Upstash-Deduplication-Id": "x"})
    assert [entry.get("deduplicated", False) for entry in answer.json()] == [True, False]
    await world.pass_time()
    assert [call.target for call in world.destination.calls] == ["/a", "/b"]
    assert world.destination.calls[0].headers["upstash-topic-name"] == "team"
