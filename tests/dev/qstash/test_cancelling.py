"""Reading messages and taking them back."""

import asyncio
from datetime import timedelta

import pytest

from tests.dev.qstash.world import APP, World


async def test_a_cancelled_message_is_never_delivered_and_not_found_any_more(world: World) -> None:
    message_id = await world.publish_id(delay="1h")
    answer = await world.call("DELETE", f"/v2/messages/{message_id}")
    assert (answer.status_code, answer.json()) == (202, {"cancelled": 1})
    assert (await world.call("GET", f"/v2/messages/{message_id}")).status_code == 404
    assert (await world.call("DELETE", f"/v2/messages/{message_id}")).status_code == 404
    assert await world.pass_time() == []


async def test_a_message_waiting_for_its_retry_can_be_cancelled(world: World) -> None:
    world.destination.will_answer("/work", 503)
    message_id = await world.publish_id()
    await world.qstash.run_due()
    assert (await world.call("DELETE", f"/v2/messages/{message_id}")).json() == {"cancelled": 1}
    assert await world.pass_time() == []


async def test_cancelling_during_the_call_ends_retries_and_leaves_no_dead_letter(world: World) -> None:
    async def cancel() -> int:
        await world.call("DELETE", "/v2/messages")
        return 500

    world.destination.will_answer("/work", cancel)
    await world.publish()
    assert [delivery.outcome for delivery in await world.pass_time()] == ["cancelled"]
    assert world.qstash.dead_letters() == []


async def test_cancelling_between_the_start_and_its_call_is_not_undone(world: World) -> None:
    world.destination.will_answer("/work", 500)
    await world.publish()
    running = asyncio.create_task(world.qstash.run_due())
    await asyncio.sleep(0)  # started, but nobody has been called yet
    assert world.destination.calls == []
    assert [world.qstash.cancel(message) for message in world.qstash.pending()] == [True]
    assert [delivery.outcome for delivery in await running] == ["cancelled"]
    assert world.qstash.pending() == []


async def test_a_delivered_message_stays_readable_for_a_while_and_cannot_be_cancelled(world: World) -> None:
    message_id = await world.publish_id()
    await world.qstash.run_due()
    assert (await world.get(f"/v2/messages/{message_id}"))["messageId"] == message_id
    assert (await world.call("DELETE", f"/v2/messages/{message_id}")).json() == {"cancelled": 0}
    world.clock.advance(by=timedelta(minutes=2))
    await world.qstash.run_due()
    assert (await world.call("GET", f"/v2/messages/{message_id}")).status_code == 404


@pytest.mark.parametrize("form", ["json body", "repeated", "comma list"])
async def test_many_are_cancelled_by_id_in_each_form(world: World, form: str) -> None:
    ids = [await world.publish_id(delay="1h") for _ in range(3)]
    some = ids[:2]
    answer = await {
        "json body": lambda: world.call("DELETE", "/v2/messages", json={"messageIds": some}),
        "repeated": lambda: world.call("DELETE", "/v2/messages", params={"messageIds": some}),
        "comma list": lambda: world.call("DELETE", "/v2/messages", params={"messageIds": ",".join(some)}),
    }[form]()
    assert (answer.status_code, answer.json()) == (202, {"cancelled": 2})
    assert [message.id for message in world.qstash.pending()] == ids[2:]


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({"label": "b"}, ["/1", "/3"]),
        ({"url": f"{APP}/1"}, ["/2", "/3"]),
        ({"path": "/1,/3"}, ["/2"]),
        ({"host": "app.example", "label": "a"}, ["/2", "/3"]),
        ({"flowControlKey": "k"}, ["/1", "/2"]),
        ({"fromDate": "99999999999999"}, ["/1", "/2", "/3"]),
        ({"count": "2"}, ["/3"]),
    ],
)
async def test_many_are_cancelled_by_filters_which_all_must_match(
    world: World, query: dict[str, str], left: list[str]
) -> None:
    await world.publish("/1", delay="1h", label="a")
    await world.publish("/2", delay="1h", label="b,c")
    await world.publish("/3", delay="1h", flow_control_key="k", flow_control_value="parallelism=1")
    await world.call("DELETE", "/v2/messages", params=query)
    assert [message.url.removeprefix(APP) for message in world.qstash.pending()] == left


@pytest.mark.parametrize("path", ["/v2/messages", "/v2/messages/"])
@pytest.mark.parametrize("body", ["", '{"messageIds": []}'])
async def test_no_ids_at_all_cancel_everything_as_the_real_service_does(world: World, path: str, body: str) -> None:
    for _ in range(3):
        await world.publish(delay="1h")
    assert (await world.call("DELETE", path, content=body)).json() == {"cancelled": 3}


async def test_a_message_reads_back_what_was_asked_and_leaves_out_what_was_not(world: World) -> None:
    plain = await world.publish_id(delay="1h", body="hi", retries="0", forward_x_team="a")
    read = await world.get(f"/v2/messages/{plain}")
    due = int(world.clock.now().timestamp() * 1000)
    assert read == {
        "messageId": plain,
        "url": f"{APP}/work",
        "method": "POST",
        "header": {"X-Team": ["a"]},
        "body": "hi",
        "maxRetries": 0,
        "notBefore": due + 3_600_000,
        "createdAt": due,
        "callerIP": "127.0.0.1",
    }


async def test_redacted_fields_are_hidden_from_readers_and_delivered_in_clear(world: World) -> None:
    hidden = await world.publish_id(body="secret", forward_key="k", forward_x="1", redact_fields="body,header[Key]")
    read = await world.get(f"/v2/messages/{hidden}")
    assert read["body"].startswith("REDACTED:")
    assert read["header"]["Key"][0].startswith("REDACTED:")
    assert read["header"]["X"] == ["1"]
    await world.pass_time()
    assert world.destination.calls[0].body == b"secret"
    assert world.destination.calls[0].headers["key"] == "k"
