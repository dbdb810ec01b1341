"""Many messages in one call: all or none."""

from typing import Any

import pytest

from dev.qstash import FREE
from tests.dev.qstash.world import APP, World


def item(path: str, body: str | None = None, **headers: str) -> dict[str, Any]:
    named = {f"Upstash-{name.replace('_', '-')}": value for name, value in headers.items()}
    return {"destination": f"{APP}{path}", "headers": named, "body": body, "queue": None}


async def test_every_item_of_a_batch_is_a_message_of_its_own(world: World) -> None:
    answer = await world.call("POST", "/v2/batch", json=[item("/a", "1"), item("/b", delay="5s"), item("/c", "글")])
    assert answer.status_code == 200
    assert [delivery.message_id for delivery in await world.pass_time()] == [
        answer.json()[0]["messageId"],
        answer.json()[2]["messageId"],
        answer.json()[1]["messageId"],
    ]
    assert world.destination.at("/c")[0].body.decode() == "글"
    assert world.since_start("/b") == [5]


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (item("/b", delay="8d"), 412),
        (item("/b", deduplication_id="a:b"), 400),
        ({"destination": "no-scheme", "headers": {}}, 400),
        ({"headers": {}}, 400),
        ({"destination": f"{APP}/b", "body": 3}, 400),
        ("nonsense", 400),
    ],
)
async def test_one_bad_item_refuses_the_whole_batch(world: World, bad: Any, status: int) -> None:
    world.use(plan=FREE)
    answer = await world.call("POST", "/v2/batch", json=[item("/a", deduplication_id="one"), bad])
    assert answer.status_code == status
    assert world.qstash.pending() == []
    again = await world.call("POST", "/v2/batch", json=[item("/a", deduplication_id="one")])
    assert "deduplicated" not in again.json()[0]  # the refused batch used no id up


@pytest.mark.parametrize("body", ["{}", "not json", "", "[" * 100_000])
async def test_a_batch_that_is_no_json_array_is_refused(world: World, body: str) -> None:
    assert (await world.call("POST", "/v2/batch", content=body)).status_code == 400


async def test_a_duplicate_inside_a_batch_is_marked_and_sent_once(world: World) -> None:
    answer = await world.call("POST", "/v2/batch", json=[item("/a", deduplication_id="one")] * 2)
    first, second = answer.json()
    assert second == {"messageId": first["messageId"], "deduplicated": True}
    assert len(await world.pass_time()) == 1
