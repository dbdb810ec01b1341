"""What a delivery is told."""

import pytest

from tests.sql.world import HOUR, LEASE, MINUTE, NOW, WORST, World, at, refused


async def test_the_occurrence_that_is_waited_for_is_claimed(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    claim = await world.claim(schedule)
    assert claim["outcome"] == "claimed"
    run = claim["run"]
    assert (run["status"], run["attempt"], run["trigger"], run["message_id"]) == ("running", 1, "schedule", "msg")
    assert (at(run["due_at"]), at(run["late_at"])) == (NOW, at(schedule["late_at"]))
    assert at(claim["lease_until"]) == NOW + LEASE
    assert claim["schedule"]["run_count"] == 1
    assert at(claim["schedule"]["next_run_at"]) == NOW, "moving on is advance_schedule's"
    assert await world.day(ada.id) == (1, WORST, 0)


async def test_the_same_claim_again_gets_the_same_fence(world: World) -> None:
    schedule = await world.schedule(await world.person())
    first = await world.claim(schedule)
    again = await world.claim(schedule, now=NOW + MINUTE)
    assert again == first


async def test_another_claim_learns_that_the_lease_is_live(world: World) -> None:
    schedule = await world.schedule(await world.person())
    first = await world.claim(schedule)
    other = await world.claim(schedule, now=NOW + MINUTE, claim_id="other")
    assert (other["outcome"], other["lease_until"]) == ("in_progress", first["lease_until"])
    assert other["run"]["fence"] == first["run"]["fence"]


@pytest.mark.parametrize("end", ["finish", "fail"])
async def test_an_ended_occurrence_is_a_duplicate(world: World, end: str) -> None:
    schedule = await world.schedule(await world.person())
    run = (await world.claim(schedule))["run"]
    await (world.finish(run) if end == "finish" else world.fail(run, final=True))
    late = await world.claim(schedule, now=NOW + 5 * HOUR, claim_id="other")
    assert late["outcome"] == "duplicate"
    assert late["run"]["id"] == run["id"]
    assert len(await world.ledger(schedule)) == 1


async def test_an_occurrence_nobody_waits_for_is_stale_and_leaves_no_row(world: World) -> None:
    schedule = await world.schedule(await world.person(), NOW + HOUR)
    for due_at in (NOW, NOW + 2 * HOUR):
        claim = await world.claim(schedule, due_at, now=due_at)
        assert (claim["outcome"], claim["run"]) == ("stale", None)
        assert claim["schedule"]["id"] == schedule["id"]
    assert await world.ledger(schedule) == []


async def test_an_unknown_schedule_is_stale(world: World) -> None:
    claim = await world.claim({"id": "00000000-0000-0000-0000-000000000001"})
    assert (claim["outcome"], claim["schedule"]) == ("stale", None)


@pytest.mark.parametrize("act", ["pause_schedule", "delete_schedule"])
async def test_a_message_of_a_paused_or_deleted_schedule_is_a_duplicate_of_its_cancelled_row(
    world: World, act: str
) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await ada.call(act, schedule_id=schedule["id"], now=NOW - MINUTE)
    claim = await world.claim(schedule)
    assert (claim["outcome"], claim["run"]["status"]) == ("duplicate", "skipped")


async def test_a_delivery_a_minute_before_the_lead_time_is_accepted_and_earlier_is_not(world: World) -> None:
    schedule = await world.schedule(await world.person(), lead_time="PT10M")
    early = await world.claim(schedule, now=NOW - 11 * MINUTE - MINUTE / 60)
    assert (early["outcome"], early["run"]) == ("early", None)
    assert (await world.claim(schedule, now=NOW - 11 * MINUTE))["outcome"] == "claimed"


async def test_from_late_at_on_it_is_late_and_nothing_is_written(world: World) -> None:
    schedule = await world.schedule(await world.person(), late_after=HOUR / 2)
    late = await world.claim(schedule, now=NOW + HOUR / 2)
    assert (late["outcome"], late["run"]) == ("late", None)
    assert await world.ledger(schedule) == []
    assert (await world.claim(schedule, now=NOW + HOUR / 2 - MINUTE))["outcome"] == "claimed"


async def test_a_stopped_workspace_holds_its_occurrences(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.stop_workspace(ada.id)
    held = await world.claim(schedule)
    assert (held["outcome"], held["run"]) == ("held", None)
    assert held["schedule"]["workspace_paused_at"] is not None
    await world.stop_workspace(ada.id, None)
    assert (await world.claim(schedule))["outcome"] == "claimed"


async def test_without_a_price_nothing_is_claimed(world: World) -> None:
    schedule = await world.schedule(await world.person())
    with pytest.raises(Exception, match="worst cost of x_post is missing"):
        await world.claim(schedule, worst_costs={"blog_post": 1})
    assert await world.ledger(schedule) == []


async def test_finishing_an_unknown_run_is_refused(world: World) -> None:
    unknown = {"id": "00000000-0000-0000-0000-000000000001", "fence": 1}
    with refused(404, "run_not_found"):
        await world.finish(unknown)
    with refused(404, "run_not_found"):
        await world.fail(unknown)
    assert (await world.resume(unknown, NOW))["outcome"] == "stale"
