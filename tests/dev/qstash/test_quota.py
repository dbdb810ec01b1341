"""The free plan's thousand attempts a day."""

from datetime import timedelta

from dev.qstash import FREE
from tests.dev.qstash.world import START, World


async def spend(world: World, attempts: int) -> None:
    for _ in range(attempts):
        world.qstash.quota.count(world.clock.now())


async def test_a_spent_day_refuses_publishing_with_429_until_midnight_utc(world: World) -> None:
    world.use(plan=FREE)
    await spend(world, 999)
    assert (await world.publish()).headers["RateLimit-Remaining"] == "1"
    await world.qstash.run_due()
    answer = await world.publish()
    midnight = int((START + timedelta(hours=16)).timestamp())
    assert (answer.status_code, answer.json()) == (429, {"error": "daily ratelimit 1000 exceeded"})
    assert [answer.headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")] == [
        "1000",
        "0",
        str(midnight),
    ]
    assert (await world.call("POST", "/v2/batch", json=[])).status_code == 429
    world.clock.advance(by=timedelta(hours=16))
    assert (await world.publish()).status_code == 200


async def test_every_attempt_counts_retries_and_callbacks_too(world: World) -> None:
    world.use(plan=FREE)
    world.destination.will_answer("/work", 500, 500)
    await world.publish(retries="1", retry_delay="0", failure_callback="https://app.example/failed")
    await world.pass_time()
    assert world.qstash.quota.used(world.clock.now()) == 3


async def test_what_was_accepted_is_delivered_even_after_the_day_is_spent(world: World) -> None:
    world.use(plan=FREE)
    await world.publish()
    await spend(world, 1000)
    assert [delivery.status for delivery in await world.qstash.run_due()] == [200]


async def test_a_spent_quota_can_be_played_on_any_plan_and_ends_when_told(world: World) -> None:
    world.qstash.faults.quota_spent = True
    answer = await world.publish()
    assert (answer.status_code, answer.headers["RateLimit-Limit"]) == (429, "1000")
    world.qstash.faults.clear()
    assert (await world.publish()).status_code == 200
