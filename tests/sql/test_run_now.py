"""request_run: "run now" uses quota and budget, and leaves the schedule's rhythm alone."""

import pytest

from tests.sql.world import HOUR, LEASE, MINUTE, NOW, WORST, World, at, refused


async def test_a_press_runs_and_leaves_the_rhythm_alone(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, NOW + HOUR)
    claim = await world.run_now(schedule)
    assert claim["outcome"] == "claimed"
    run = claim["run"]
    assert (run["trigger"], run["due_at"], run["late_at"], run["requested_by"]) == ("manual", None, None, ada.id)
    after = (await world.finish(run))["schedule"]
    assert (after["run_count"], after["total_generated"], at(after["last_run_at"])) == (0, 1, NOW + MINUTE)
    assert (after["next_run_at"], after["revision"]) == (schedule["next_run_at"], 1)
    assert await world.day(ada.id) == (1, 0, 0)


async def test_a_press_works_while_paused_or_finished(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await ada.call("pause_schedule", schedule_id=schedule["id"], now=NOW)
    run = (await world.run_now(schedule))["run"]
    assert (await world.resume(run, NOW + LEASE))["outcome"] == "claimed", "also when it was interrupted"


async def test_the_same_key_after_the_end_gives_the_same_content(world: World) -> None:
    schedule = await world.schedule(await world.person())
    first = await world.run_now(schedule)
    done = await world.finish(first["run"], items=2)
    again = await world.run_now(schedule, claim_id="second", now=NOW + HOUR)
    assert (again["outcome"], again["run"], again["contents"]) == ("duplicate", done["run"], done["contents"])
    assert (await world.run_now(schedule, key="other", claim_id="third"))["outcome"] == "claimed"


async def test_the_same_key_while_it_runs_names_the_run(world: World) -> None:
    schedule = await world.schedule(await world.person())
    first = await world.run_now(schedule)
    other = await world.run_now(schedule, claim_id="second")
    assert (other["outcome"], other["run"]["id"]) == ("in_progress", first["run"]["id"])
    assert await world.run_now(schedule) == first, "the same claim gets its own answer again"


async def test_an_interrupted_press_is_claimed_again_by_its_key(world: World) -> None:
    schedule = await world.schedule(await world.person())
    first = (await world.run_now(schedule))["run"]
    again = await world.run_now(schedule, claim_id="second", now=NOW + LEASE)
    assert (again["outcome"], again["run"]["id"], again["run"]["attempt"]) == ("claimed", first["id"], 2)


async def test_an_interrupted_press_is_found_by_the_sweep(world: World) -> None:
    schedule = await world.schedule(await world.person(), NOW + 30 * 24 * HOUR)
    run = (await world.run_now(schedule))["run"]
    work = await world.sweep(NOW + LEASE + 2 * MINUTE)
    assert [it["run_id"] for it in work["interrupted"]] == [run["id"]]


async def test_without_a_key_each_press_is_its_own_run(world: World) -> None:
    schedule = await world.schedule(await world.person())
    runs = [(await world.run_now(schedule, key=None, claim_id=str(n)))["run"]["id"] for n in range(2)]
    assert len(set(runs)) == 2
    assert (await world.run_now(schedule, key=None, claim_id="0"))["run"]["id"] == runs[0]


async def test_one_key_on_two_schedules_is_two_runs(world: World) -> None:
    ada = await world.person()
    schedules = [await world.schedule(ada) for _ in range(2)]
    assert [(await world.run_now(it))["outcome"] for it in schedules] == ["claimed", "claimed"]


@pytest.mark.parametrize("why", ["deleted", "held", "subscription", "quota", "budget"])
async def test_a_refused_press_leaves_no_row(world: World, why: str) -> None:
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
    refusal = await world.run_now(schedule)
    assert (refusal["outcome"], refusal["reason"], refusal["run"]) == ("refused", why, None)
    assert await world.owner.fetchval("select count(*) from app.runs where trigger = 'manual'") == 0
    assert await world.day(ada.id) == (0, 0, 0)


async def test_an_interrupted_press_in_a_stopped_workspace_is_refused_and_kept(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.run_now(schedule)
    await world.stop_workspace(ada.id)
    refusal = await world.run_now(schedule, claim_id="second", now=NOW + LEASE)
    assert (refusal["outcome"], refusal["reason"], refusal["run"]["status"]) == ("refused", "held", "running")


async def test_an_interrupted_press_of_a_deleted_schedule_has_ended(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, NOW + HOUR)
    await world.run_now(schedule)
    await ada.call("delete_schedule", schedule_id=schedule["id"], now=NOW)
    ended = await world.run_now(schedule, claim_id="second", now=NOW + LEASE)
    assert (ended["outcome"], ended["run"]["reason"], ended["contents"]) == ("duplicate", "deleted", [])


async def test_a_press_needs_the_schedules_workspace_and_a_member_who_may_write(world: World) -> None:
    ada, bob, eve = [await world.person() for _ in range(3)]
    schedule = await world.schedule(ada)
    await world.join(ada.id, eve, "viewer")
    with refused(404, "schedule_not_found"):
        await world.run_now(schedule, workspace_id=bob.id, user_id=bob.id)
    for stranger in (bob.id, eve.id, None):
        with refused(403, "role"):
            await world.run_now(schedule, user_id=stranger)
