"""Who goes first when a workspace's slots are short: the less important gives way, and only to one that comes."""

from datetime import datetime

import pytest

from tests.sql.callers import Person, Row
from tests.sql.world import HOUR, LEASE, MINUTE, NOW, World


async def waiting(world: World, person: Person, due_at: datetime = NOW, priority: int = 8, **fields: object) -> Row:
    """An occurrence whose message is out."""
    schedule = await world.schedule(person, due_at, priority=priority, **fields)
    await world.arm(schedule)
    return schedule


async def slots(world: World, parallelism: int) -> None:
    await world.owner.execute("update app.plans set parallelism = $1 where plan = 'team'", parallelism)


async def test_the_last_slot_is_left_to_a_more_important_one(world: World) -> None:
    ada = await world.person()
    await slots(world, 1)
    schedule, important = await world.schedule(ada, priority=5), await waiting(world, ada)
    before = await world.stored(schedule)
    claim = await world.claim(schedule)
    assert (claim["outcome"], claim["run"], claim["schedule"]["id"]) == ("busy", None, schedule["id"])
    assert (await world.ledger(schedule), await world.stored(schedule)) == ([], before), "nothing is written"
    assert await world.day(ada.id) == (0, 0, 0)
    assert (await world.claim(important))["outcome"] == "claimed"
    assert (await world.claim(schedule))["outcome"] == "claimed", "once it has begun, its turn has been"


@pytest.mark.parametrize(("running", "outcome"), [(0, "claimed"), (1, "claimed"), (2, "busy"), (3, "busy")])
async def test_only_the_last_slot_counts(world: World, running: int, outcome: str) -> None:
    ada, bob = await world.person(), await world.person()
    await slots(world, 3)
    for n in range(running):
        await world.run_now(await world.schedule(ada, NOW + HOUR), claim_id=str(n))
    await world.run_now(await world.schedule(bob), claim_id="another workspace's")
    await waiting(world, ada)
    assert (await world.claim(await world.schedule(ada)))["outcome"] == outcome


async def test_a_lease_that_ended_holds_no_slot(world: World) -> None:
    ada = await world.person()
    await slots(world, 2)
    await world.run_now(await world.schedule(ada, NOW + HOUR), now=NOW - LEASE)
    await waiting(world, ada)
    assert (await world.claim(await world.schedule(ada)))["outcome"] == "claimed"


@pytest.mark.parametrize(
    "why", ["no more important", "not due", "too long ago", "no message", "paused", "begun", "late", "not ours"]
)
async def test_nobody_gives_way_to_one_that_does_not_come(world: World, why: str) -> None:
    ada, bob = await world.person(), await world.person()
    await slots(world, 1)
    schedule = await world.schedule(ada, NOW + 10 * MINUTE, priority=5, late_after=6 * HOUR)
    due_at, now = NOW + 10 * MINUTE, NOW + 10 * MINUTE
    match why:
        case "no more important":
            await waiting(world, ada, now, priority=5)
        case "not due":
            await waiting(world, ada, now + MINUTE)
        case "too long ago":
            await waiting(world, ada, now - 5 * MINUTE, late_after=6 * HOUR)
        case "no message":
            await world.schedule(ada, now, priority=9)
        case "paused":
            other = await waiting(world, ada, now)
            await ada.call("pause_schedule", schedule_id=other["id"], now=NOW)
        case "begun":
            other = await waiting(world, ada, now)
            run = (await world.claim(other, now, now))["run"]
            await world.fail(run, now)
        case "late":
            await waiting(world, ada, now - 2 * MINUTE, late_after=MINUTE)
        case "not ours":
            await waiting(world, bob, now)
    assert (await world.claim(schedule, due_at, now))["outcome"] == "claimed"


async def test_a_lapsed_workspace_waits_for_nothing(world: World) -> None:
    ada = await world.person()
    await slots(world, 1)
    await waiting(world, ada)
    schedule = await world.schedule(ada)
    await world.owner.execute("update app.workspaces set period_end = $1", NOW - HOUR)
    assert (await world.claim(schedule))["reason"] == "subscription"


async def test_nobody_gives_way_until_its_own_time_has_passed(world: World) -> None:
    """It would knock again in twenty seconds, and be written off as missed."""
    ada = await world.person()
    await slots(world, 1)
    schedule = await world.schedule(ada, late_after=3 * MINUTE)
    await waiting(world, ada)
    assert (await world.claim(schedule, now=NOW + MINUTE))["outcome"] == "busy"
    assert (await world.claim(schedule, now=NOW + 2 * MINUTE))["outcome"] == "claimed"


async def test_run_now_and_what_was_begun_before_do_not_wait(world: World) -> None:
    ada = await world.person()
    await slots(world, 1)
    schedule = await world.schedule(ada)
    run = (await world.claim(schedule))["run"]
    await waiting(world, ada, NOW + LEASE)
    assert (await world.resume(run, NOW + LEASE))["outcome"] == "claimed"
    assert (await world.run_now(schedule, now=NOW + LEASE))["outcome"] == "claimed"


async def test_the_sweep_hands_out_what_was_interrupted_by_the_runs_own_priority(world: World) -> None:
    ada = await world.person()
    schedules = [await world.schedule(ada, NOW + HOUR, priority=priority) for priority in (1, 9, 5)]
    for n, (schedule, priority) in enumerate(zip(schedules, (7, None, 8), strict=True)):
        await world.run_now(schedule, claim_id=str(n), priority=priority)
    first = await world.sweep(NOW + LEASE + 2 * MINUTE, limit=2)
    second = await world.sweep(NOW + LEASE + 2 * MINUTE, limit=2, after=first["after"])
    found = [*first["interrupted"], *second["interrupted"]]
    assert [(it["schedule_id"], it["priority"]) for it in found] == [
        (schedules[1]["id"], 9), (schedules[2]["id"], 8), (schedules[0]["id"], 7),
    ]  # fmt: skip


async def test_a_run_keeps_the_priority_that_its_schedule_had(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, priority=2)
    run = (await world.claim(schedule))["run"]
    await ada.call(
        "update_schedule", schedule_id=schedule["id"], revision=1, changes={"priority": 9}, next_run_at=NOW + HOUR,
        late_at=NOW + 2 * HOUR, now=NOW,
    )  # fmt: skip
    assert (await world.resume(run, NOW + LEASE))["run"]["priority"] == 2
