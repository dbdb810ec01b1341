"""A run whose lease ran out, or that failed for now, is gone on with, or ended with a reason."""

import pytest

from tests.sql.callers import Row
from tests.sql.world import HOUR, LEASE, MINUTE, NOW, WORST, World, at

AFTER_LEASE = NOW + LEASE


async def interrupted(world: World, **fields: object) -> tuple[Row, Row]:
    """A schedule, and its run whose lease ends at AFTER_LEASE."""
    schedule = await world.schedule(await world.person(), **fields)
    return schedule, (await world.claim(schedule))["run"]


async def test_a_redelivery_after_the_lease_begins_a_second_attempt_under_a_new_fence(world: World) -> None:
    schedule, run = await interrupted(world)
    again = await world.claim(schedule, now=AFTER_LEASE, claim_id="second", message_id="msg 2")
    assert again["outcome"] == "claimed"
    assert (again["run"]["id"], again["run"]["attempt"], again["run"]["message_id"]) == (run["id"], 2, "msg 2")
    assert again["run"]["fence"] > run["fence"]
    assert at(again["run"]["started_at"]) == NOW
    assert again["schedule"]["run_count"] == 1
    assert await world.day(schedule["workspace_id"]) == (1, WORST, 0), "nothing is reserved twice"


async def test_the_same_claimant_after_its_lease_is_a_new_attempt(world: World) -> None:
    schedule, run = await interrupted(world)
    again = await world.claim(schedule, now=AFTER_LEASE)
    assert (again["outcome"], again["run"]["attempt"]) == ("claimed", 2)
    assert again["run"]["fence"] > run["fence"]


async def test_a_run_can_be_resumed_by_its_id_although_the_schedule_has_moved_on(world: World) -> None:
    schedule, run = await interrupted(world)
    await world.advance(schedule, NOW + HOUR)
    resumed = await world.resume(run, AFTER_LEASE)
    assert (resumed["outcome"], resumed["run"]["attempt"]) == ("claimed", 2)
    assert at(resumed["schedule"]["next_run_at"]) == NOW + HOUR


async def test_who_lost_the_lease_can_neither_finish_nor_fail(world: World) -> None:
    schedule, run = await interrupted(world)
    rescued = (await world.resume(run, AFTER_LEASE))["run"]
    assert (await world.finish(run))["outcome"] == "lost"
    assert (await world.fail(run))["outcome"] == "lost"
    await world.finish(rescued)
    assert (await world.finish(run))["outcome"] == "lost"
    stored = await world.stored(schedule)
    assert (stored["total_generated"], stored["total_failed"]) == (1, 0)


async def test_an_expired_lease_that_nobody_took_over_may_still_finish(world: World) -> None:
    _, run = await interrupted(world)
    assert (await world.finish(run, now=AFTER_LEASE + HOUR))["outcome"] == "succeeded"


async def test_a_redelivery_of_a_run_that_waits_for_its_retry_begins_it_at_once(world: World) -> None:
    schedule, run = await interrupted(world)
    await world.fail(run, retry_at=NOW + HOUR)
    again = await world.claim(schedule, now=NOW + 2 * MINUTE, claim_id="second")
    assert (again["outcome"], again["run"]["attempt"], again["run"]["retry_at"]) == ("claimed", 2, None)


async def test_a_run_of_a_stopped_workspace_is_held(world: World) -> None:
    schedule, run = await interrupted(world)
    await world.stop_workspace(schedule["workspace_id"])
    assert (await world.resume(run, AFTER_LEASE))["outcome"] == "held"
    assert await world.ledger(schedule) == [(NOW, "running", None)]


@pytest.mark.parametrize(("act", "reason"), [("pause_schedule", "paused"), ("delete_schedule", "deleted")])
async def test_a_run_of_a_schedule_paused_or_deleted_since_is_skipped_and_gives_its_place_back(
    world: World, act: str, reason: str
) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    run = (await world.claim(schedule))["run"]
    await ada.call(act, schedule_id=schedule["id"], now=NOW + MINUTE)
    assert await world.ledger(schedule) == [(NOW, "running", None)], "who holds it may still finish it"
    claim = await world.claim(schedule, now=AFTER_LEASE, claim_id="second")
    assert (claim["outcome"], claim["reason"], claim["run"]["id"]) == ("skipped", reason, run["id"])
    assert await world.ledger(schedule) == [(NOW, "skipped", reason)]
    assert await world.day(ada.id) == (0, 0, 0)
    assert (await world.stored(schedule))["total_failed"] == 0
    assert (await world.finish(run))["outcome"] == "lost"


async def test_the_last_occurrence_of_a_finished_schedule_is_still_completed(world: World) -> None:
    schedule, run = await interrupted(world, max_runs=1)
    assert (await world.advance(schedule, NOW + HOUR))["outcome"] == "finished"
    assert (await world.resume(run, AFTER_LEASE))["outcome"] == "claimed"


async def test_a_run_that_was_not_done_before_its_limit_fails_as_late(world: World) -> None:
    schedule, run = await interrupted(world, late_after=HOUR)
    claim = await world.claim(schedule, now=NOW + HOUR, claim_id="second")
    assert (claim["outcome"], claim["reason"]) == ("failed", "late")
    stored = await world.stored(schedule)
    assert (stored["total_failed"], stored["consecutive_failures"]) == (1, 1)
    assert await world.day(schedule["workspace_id"]) == (0, 0, 0)
    assert (await world.fail(run, final=True))["outcome"] == "lost"


async def test_a_run_begun_twelve_times_without_an_end_is_given_up(world: World) -> None:
    schedule, run = await interrupted(world, late_after=24 * HOUR)
    now = NOW
    for attempt in range(2, 13):
        now += LEASE
        assert (await world.resume(run, now))["run"]["attempt"] == attempt
    given_up = await world.resume(run, now + LEASE)
    assert (given_up["outcome"], given_up["reason"]) == ("failed", "attempts")
    assert await world.ledger(schedule) == [(NOW, "failed", "attempts")]


async def test_an_attempt_the_days_budget_has_no_money_for_is_not_begun(world: World) -> None:
    schedule, run = await interrupted(world)
    await world.owner.execute("update app.plans set daily_cost = $1 where plan = 'team'", WORST + 70_000)
    await world.fail(run, cost=80_000)
    claim = await world.resume(run, NOW + HOUR / 4)
    assert (claim["outcome"], claim["reason"]) == ("failed", "budget")
    assert await world.day(schedule["workspace_id"]) == (1, 0, 80_000)


async def test_a_second_attempt_reserves_what_the_first_has_used_up(world: World) -> None:
    schedule, run = await interrupted(world)
    await world.fail(run, cost=80_000)
    assert await world.day(schedule["workspace_id"]) == (1, WORST, 0)
    second = (await world.resume(run, NOW + HOUR / 4))["run"]
    assert second["reserved_cost"] == 80_000 + WORST
    assert await world.day(schedule["workspace_id"]) == (1, 80_000 + WORST, 0)
    await world.finish(second, cost=30_000)
    assert await world.day(schedule["workspace_id"]) == (1, 0, 110_000)
