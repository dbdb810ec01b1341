"""Where the arming told which occurrence follows, the claim itself moves the schedule on: no gap in which to die."""

from datetime import datetime

import asyncpg
import pytest

from tests.sql.callers import Row
from tests.sql.world import HOUR, MINUTE, NOW, World, at


async def arm(world: World, schedule: Row, following: datetime | None = NOW + HOUR) -> Row:
    armed = {
        "schedule_id": schedule["id"], "due_at": schedule["next_run_at"], "revision": schedule["revision"],
        "message_id": "msg", "following_run_at": following, "following_late_at": following and following + HOUR,
    }  # fmt: skip
    return await world.service.call("mark_armed", armed=[armed], now=NOW - HOUR)


async def test_a_claim_moves_on_to_the_occurrence_that_follows(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await arm(world, schedule)
    claim = await world.claim(schedule)
    after = claim["schedule"]
    assert (claim["outcome"], at(claim["run"]["due_at"])) == ("claimed", NOW)
    assert (at(after["next_run_at"]), at(after["late_at"])) == (NOW + HOUR, NOW + 2 * HOUR)
    assert (after["armed_for"], after["following_run_at"], after["revision"]) == (None, None, 1)
    assert await world.claim(schedule) == claim, "the same claim again gets the same answer"
    assert (await world.advance(schedule, NOW + HOUR))["outcome"] == "stale"


async def test_an_occurrence_skipped_for_the_plan_moves_on_too(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await arm(world, schedule)
    await world.owner.execute("update app.plans set runs_a_day = 0")
    claim = await world.claim(schedule)
    assert (claim["reason"], at(claim["schedule"]["next_run_at"])) == ("quota", NOW + HOUR)


async def test_a_claim_that_answers_otherwise_leaves_the_schedule_where_it_is(world: World) -> None:
    schedule = await world.schedule(await world.person(), late_after=HOUR)
    await arm(world, schedule)
    for now, outcome in ((NOW - HOUR, "early"), (NOW + HOUR, "late")):
        claim = await world.claim(schedule, now=now)
        assert (claim["outcome"], at(claim["schedule"]["next_run_at"])) == (outcome, NOW)
    await world.stop_workspace(schedule["workspace_id"])
    assert (await world.claim(schedule))["outcome"] == "held"
    assert (await world.stored(schedule))["next_run_at"] == NOW


async def test_the_claim_of_the_last_occurrence_finishes_the_schedule(world: World) -> None:
    schedule = await world.schedule(await world.person(), max_runs=1)
    await arm(world, schedule)
    claim = await world.claim(schedule)
    assert (claim["outcome"], claim["schedule"]["next_run_at"]) == ("claimed", None)
    assert claim["schedule"]["finished_at"] is not None
    assert (await world.finish(claim["run"]))["outcome"] == "succeeded"


async def test_an_edit_forgets_what_follows(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await arm(world, schedule)
    await ada.call(
        "update_schedule", schedule_id=schedule["id"], revision=1, changes={"frequency": "3hours"},
        next_run_at=NOW, late_at=NOW + HOUR, now=NOW - MINUTE,
    )  # fmt: skip
    claim = await world.claim(schedule)
    assert (claim["outcome"], at(claim["schedule"]["next_run_at"])) == ("claimed", NOW)


async def test_what_follows_comes_later(world: World) -> None:
    schedule = await world.schedule(await world.person())
    with pytest.raises(asyncpg.CheckViolationError):
        await arm(world, schedule, NOW)
