"""When a failed delivery is tried again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import httpx
import pytest

from dev.qstash import FREE, Outcome
from tests.dev.qstash.world import START, World


async def test_by_default_three_retries_follow_e_to_the_two_and_a_half_n(world: World) -> None:
    world.destination.will_answer("/work", 500, 500, 500, 500)
    await world.publish()
    done = await world.pass_time()
    assert world.since_start() == [0, 12, 12 + 148, 12 + 148 + 1808]
    assert [delivery.outcome for delivery in done] == ["retrying"] * 3 + ["failed"]
    assert [call.headers["upstash-retried"] for call in world.destination.calls] == ["0", "1", "2", "3"]


async def test_no_default_delay_is_longer_than_a_day(world: World) -> None:
    world.destination.will_answer("/work", *[500] * 6)
    await world.publish(retries="5")
    await world.pass_time()
    times = world.since_start()
    assert [b - a for a, b in pairwise(times)] == [12, 148, 1808, 22_026, 86_400]


async def test_every_attempt_carries_the_same_message_id_and_a_signature_of_its_own(world: World) -> None:
    world.destination.will_answer("/work", 500)
    message_id = await world.publish_id()
    await world.pass_time()
    first, second = world.destination.calls
    assert first.headers["upstash-message-id"] == second.headers["upstash-message-id"] == message_id
    assert first.headers["upstash-signature"] != second.headers["upstash-signature"]


async def test_the_publishers_expression_is_in_milliseconds_and_starts_at_retried_0(world: World) -> None:
    world.destination.will_answer("/work", 500, 500, 500)
    await world.publish(retry_delay="min(20000 * pow(2, retried), 60000)")
    await world.pass_time()
    assert world.since_start() == [0, 20, 60, 120]


async def test_an_expression_without_a_value_falls_back_to_the_default(world: World) -> None:
    world.destination.will_answer("/work", 500, 500)
    await world.publish(retry_delay="1000 / retried")
    await world.pass_time()
    assert world.since_start() == [0, 12, 13]


async def test_zero_retries_mean_one_attempt(world: World) -> None:
    world.destination.will_answer("/work", 500)
    await world.publish(retries="0")
    assert [delivery.outcome for delivery in await world.pass_time()] == [Outcome.FAILED]


@pytest.mark.parametrize("status", [301, 308, 400, 401, 404, 429, 489, 500, 503])
async def test_everything_but_2xx_is_retried_redirects_and_4xx_too(world: World, status: int) -> None:
    world.destination.will_answer("/work", (status, {"Location": "https://app.example/elsewhere"}, ""))
    await world.publish()
    assert [delivery.status for delivery in await world.pass_time()] == [status, 200]
    assert world.destination.at("/elsewhere") == []


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_every_2xx_is_success(world: World, status: int) -> None:
    world.destination.will_answer("/work", status)
    await world.publish()
    assert [delivery.outcome for delivery in await world.pass_time()] == [Outcome.DELIVERED]


async def test_489_with_its_header_is_final_and_neither_half_of_it_is(world: World) -> None:
    header = {"Upstash-NonRetryable-Error": "true"}
    world.destination.will_answer("/work", 489, (400, header, ""), (489, header, ""))
    await world.publish()
    done = await world.pass_time()
    assert [delivery.outcome for delivery in done] == ["retrying", "retrying", "failed"]


@pytest.mark.parametrize(
    ("header", "value", "seconds"),
    [
        ("Retry-After", "77", 77),
        ("Retry-After", "0", 0),
        ("Retry-After", format_datetime((START + timedelta(minutes=5)).astimezone(UTC), usegmt=True), 300),
        ("Retry-After", format_datetime(START - timedelta(minutes=5), usegmt=True), 0),
        ("X-RateLimit-Reset", "90", 90),
        ("X-RateLimit-Reset-Requests", "6m5s", 365),
        ("X-RateLimit-Reset-Tokens", "1500ms", 1.5),
        ("Retry-After", "86400", 86_400),
        ("Retry-After", "86401", 12),  # more than a day is ignored
        ("X-RateLimit-Reset", str(int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())), 12),  # an instant is not a wait
        ("Retry-After", "soon", 12),
        ("Retry-After", "-5", 12),
        ("Retry-After", "nan", 12),
    ],
)
async def test_the_destination_may_say_when_to_come_back(world: World, header: str, value: str, seconds: float) -> None:
    world.destination.will_answer("/work", (503, {header: value}, ""))
    await world.publish()
    await world.pass_time()
    assert world.since_start() == [0, seconds]


async def test_the_destinations_wish_wins_over_the_publishers_expression(world: World) -> None:
    world.destination.will_answer("/work", (503, {"Retry-After": "30"}, ""), 503)
    await world.publish(retry_delay="1000")
    await world.pass_time()
    assert world.since_start() == [0, 30, 31]


async def test_the_wait_counts_from_the_reply_and_not_from_the_call(world: World) -> None:
    async def think() -> int:
        await world.clock.spend(timedelta(seconds=40))
        return 500

    world.destination.will_answer("/work", think)
    await world.publish(retry_delay="1000")
    await world.pass_time()
    assert world.since_start() == [0, 41]


@pytest.mark.parametrize(("asked", "limit"), [({"timeout": "30s"}, 30), ({}, 900), ({"timeout": "2h"}, 900)])
async def test_a_reply_after_the_timeout_does_not_count(world: World, asked: dict[str, str], limit: int) -> None:
    """The message's own timeout may only shorten the plan's."""
    world.use(plan=FREE)

    async def take(seconds: int) -> int:
        await world.clock.spend(timedelta(seconds=seconds))
        return 200

    world.destination.will_answer("/work", lambda: take(limit + 1), lambda: take(limit))
    await world.publish(retry_delay="0", **asked)
    done = await world.pass_time()
    assert [(delivery.status, delivery.outcome.value) for delivery in done] == [(0, "retrying"), (200, "delivered")]


async def test_a_destination_that_cannot_be_reached_is_retried_and_the_reason_told(world: World) -> None:
    async def fail() -> int:
        raise httpx.ConnectError("no route to host")

    world.destination.will_answer("/work", fail)
    await world.publish()
    first, second = await world.pass_time()
    assert (first.status, first.error, second.status) == (0, "ConnectError: no route to host", 200)


async def test_a_defect_in_the_stand_in_is_raised_and_loses_no_message(world: World) -> None:
    async def burst() -> int:
        raise LookupError("not a network failure")

    world.destination.will_answer("/work", burst)
    await world.publish()
    with pytest.raises(LookupError):
        await world.qstash.run_due()
    assert [delivery.outcome for delivery in await world.qstash.run_due()] == [Outcome.DELIVERED]


async def test_cookies_of_one_reply_are_not_sent_with_the_next_call(world: World) -> None:
    world.destination.will_answer("/work", (500, {"Set-Cookie": "session=1"}, ""))
    await world.publish()
    await world.pass_time()
    assert all("cookie" not in call.headers for call in world.destination.calls)
