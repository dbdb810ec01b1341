"""queue_run: work that nobody waits for is stored with its places and its money; a message, or the sweep, begins it."""

import asyncio

import pytest

from tests.sql.world import HOUR, LEASE, MINUTE, NOW, WORST, World, at, refused


async def test_what_is_queued_waits_with_everything_reserved(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, NOW + HOUR, settings={"count": 2})
    answer = await world.queue(schedule, priority=9, retries=0)
    run = answer["run"]
    assert (answer["outcome"], run["status"], run["attempt"], run["started_at"]) == ("queued", "retrying", 0, None)
    assert (at(run["retry_at"]), run["trigger"], run["requested_by"]) == (NOW, "manual", ada.id)
    assert (run["item_count"], run["priority"], run["retries"], run["late_at"]) == (2, 9, 0, None)
    assert run["fence"] is not None, "the message that names it is named after it"
    assert await world.day(ada.id) == (2, 2 * WORST, 0)
    assert (await world.stored(schedule))["next_run_at"] == NOW + HOUR


async def test_a_message_begins_it_and_nothing_is_reserved_twice(world: World) -> None:
    ada = await world.person()
    run = (await world.queue(await world.schedule(ada)))["run"]
    claim = await world.resume(run, NOW + MINUTE)
    assert (claim["outcome"], claim["run"]["attempt"], at(claim["run"]["started_at"])) == ("claimed", 1, NOW + MINUTE)
    assert claim["run"]["fence"] > run["fence"]
    assert await world.day(ada.id) == (1, WORST, 0)
    assert (await world.finish(claim["run"], cost=3))["outcome"] == "succeeded"
    assert await world.day(ada.id) == (1, 0, 3)


async def test_without_a_message_the_sweep_finds_it(world: World) -> None:
    run = (await world.queue(await world.schedule(await world.person(), NOW + 9 * 24 * HOUR)))["run"]
    (found,) = (await world.sweep(NOW + MINUTE))["interrupted"]
    assert (found["run_id"], found["fence"]) == (run["id"], run["fence"])


async def test_the_same_key_is_one_run_however_often_it_is_asked(world: World) -> None:
    schedule = await world.schedule(await world.person())
    answers = await asyncio.gather(*(world.queue(schedule) for _ in range(10)))
    assert {(it["outcome"], it["run"]["id"]) for it in answers} == {("queued", answers[0]["run"]["id"])}
    run = answers[0]["run"]
    begun = (await world.resume(run, NOW + MINUTE))["run"]
    assert (await world.queue(schedule, now=NOW + MINUTE))["outcome"] == "in_progress"
    assert (await world.queue(schedule, now=NOW + 2 * LEASE))["outcome"] == "queued", "it was interrupted, and waits"
    done = await world.finish(begun)
    again = await world.queue(schedule, now=NOW + HOUR)
    assert (again["outcome"], again["run"], again["contents"]) == ("duplicate", done["run"], done["contents"])


async def test_a_key_of_run_now_is_the_same_run_when_it_is_queued(world: World) -> None:
    schedule = await world.schedule(await world.person())
    pressed = await world.run_now(schedule)
    assert (await world.queue(schedule))["run"]["id"] == pressed["run"]["id"]


@pytest.mark.parametrize("why", ["deleted", "held", "subscription", "quota", "budget"])
async def test_what_is_refused_leaves_no_row(world: World, why: str) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    match why:
        case "deleted":
            await ada.call("delete_schedule", schedule_id=schedule["id"], now=NOW)
        case "held":
            await world.stop_workspace(ada.id)
        case "subscription":
            await world.lapse(ada.id)
        case "quota":
            await world.owner.execute("update app.plans set runs_a_day = 0")
        case "budget":
            await world.owner.execute("update app.plans set daily_cost = $1", WORST - 1)
    refusal = await world.queue(schedule)
    assert (refusal["outcome"], refusal["reason"], refusal["run"]) == ("refused", why, None)
    cap = {"quota": "plan_quota", "budget": "plan_day"}.get(why)
    assert (refusal["refusal"] or {}).get("cap") == cap
    assert await world.owner.fetchval("select count(*) from app.runs where trigger = 'manual'") == 0
    assert await world.day(ada.id) == (0, 0, 0)


async def test_only_who_may_write_queues_and_only_in_the_schedules_workspace(world: World) -> None:
    ada, bob, eve = [await world.person() for _ in range(3)]
    schedule = await world.schedule(ada)
    await world.join(ada.id, eve, "viewer")
    with refused(404, "schedule_not_found"):
        await world.queue(schedule, workspace_id=bob.id, user_id=bob.id)
    for stranger in (bob.id, eve.id, None):
        with refused(403, "role"):
            await world.queue(schedule, user_id=stranger)


async def test_what_waits_in_a_deleted_schedule_is_skipped_and_gives_its_places_back(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, settings={"count": 4})
    run = (await world.queue(schedule))["run"]
    await ada.call("delete_schedule", schedule_id=schedule["id"], now=NOW)
    assert (await world.resume(run, NOW + MINUTE))["outcome"] == "skipped"
    assert await world.day(ada.id) == (0, 0, 0)


async def test_what_was_queued_yesterday_uses_yesterdays_places(world: World) -> None:
    ada = await world.person()
    run = (await world.queue(await world.schedule(ada)))["run"]
    begun = (await world.resume(run, NOW + 24 * HOUR))["run"]
    await world.finish(begun, now=NOW + 24 * HOUR, cost=5)
    days = await world.owner.fetch("select day, runs, reserved_cost, spent_cost from app.budget_days")
    assert [tuple(day.values()) for day in days] == [(NOW.date(), 1, 0, 5)]


async def test_what_was_queued_and_not_begun_ends_with_the_subscription(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    queued = (await world.queue(schedule))["run"]
    begun = (await world.run_now(schedule, "another"))["run"]
    await world.owner.execute("update app.workspaces set period_end = $1", NOW)
    claim = await world.resume(queued, NOW + LEASE)
    assert (claim["outcome"], claim["reason"]) == ("skipped", "subscription")
    assert (await world.resume(begun, NOW + LEASE))["outcome"] == "claimed", "what was begun is finished"
    assert await world.day(ada.id) == (1, WORST, 0)
