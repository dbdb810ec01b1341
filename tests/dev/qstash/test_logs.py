"""The journal under both of its names."""

import base64

import pytest

from tests.dev.qstash.world import APP, START, World


async def states(world: World, **query: str) -> list[str]:
    return [entry["state"] for entry in (await world.get("/v2/events", order="earliestFirst", **query))["events"]]


async def test_a_message_passes_through_the_documented_states(world: World) -> None:
    world.destination.will_answer("/work", 500)
    delivered = await world.publish_id()
    await world.pass_time()
    expected = ["CREATED", "ACTIVE", "ERROR", "RETRY", "ACTIVE", "DELIVERED"]
    assert await states(world, messageId=delivered) == expected
    world.destination.will_answer("/work", 500)
    failed = await world.publish_id(retries="0")
    await world.pass_time()
    assert await states(world, messageId=failed) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]
    cancelled = await world.publish_id(delay="1h")
    await world.call("DELETE", f"/v2/messages/{cancelled}")
    assert await states(world, messageId=cancelled) == ["CREATED", "CANCEL_REQUESTED", "CANCELED"]


async def test_an_entry_tells_what_was_sent_and_what_came_back(world: World) -> None:
    world.destination.will_answer("/work", (503, {}, "busy"))
    message_id = await world.publish_id(body="job", retry_delay="15000", label="a,b", timeout="90s")
    await world.qstash.run_due()
    latest, error = (await world.get("/v2/events", messageId=message_id))["events"][:2]
    assert (latest["state"], latest["nextDeliveryTime"]) == ("RETRY", int(START.timestamp() * 1000) + 15_000)
    expected = {
        "time": int(START.timestamp() * 1000),
        "state": "ERROR",
        "messageId": message_id,
        "url": f"{APP}/work",
        "method": "POST",
        "maxRetries": 3,
        "body": base64.b64encode(b"job").decode(),
        "responseStatus": 503,
        "responseBody": "busy",
        "timeout": 90_000,
        "label": "a",
        "labels": ["a", "b"],
        "retryDelayExpr": "15000",
        "retryDelayExpression": "15000",
    }
    assert {name: error[name] for name in expected} == expected


@pytest.mark.parametrize("name", ["events", "logs"])
async def test_both_names_page_through_all_entries(world: World, name: str) -> None:
    for _ in range(3):
        await world.publish()
    await world.qstash.run_due()
    seen, query = [], {"count": "4"}
    while True:
        page = await world.get(f"/v2/{name}", **query)
        seen += page[name]
        if "cursor" not in page:
            break
        query["cursor"] = page["cursor"]
    assert len(seen) == 9
    assert seen == (await world.get(f"/v2/{name}"))[name]


async def test_filters_narrow_the_entries(world: World) -> None:
    await world.publish("/a", label="one", flow_control_key="k")
    await world.publish("/b")
    await world.qstash.run_due()
    assert await states(world, label="one") == ["CREATED", "ACTIVE", "DELIVERED"]
    assert await states(world, url=f"{APP}/b", state="DELIVERED") == ["DELIVERED"]
    assert await states(world, state="IN_PROGRESS") == ["ACTIVE", "ACTIVE"]
    assert await states(world, flowControlKey="k", label="two") == []
    assert (await world.call("GET", "/v2/events?fromDate=yesterday")).status_code == 400
    assert (await world.call("GET", "/v2/events?count=0")).status_code == 400
