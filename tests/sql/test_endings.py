"""finish_run and fail_run: what they save, count and settle, and that a repetition changes nothing."""

import pytest

from tests.sql.callers import Row
from tests.sql.world import HOUR, MINUTE, NOW, WORST, World, at, measured


async def begun(world: World) -> tuple[Row, Row]:
    schedule = await world.schedule(await world.person())
    return schedule, (await world.claim(schedule))["run"]


async def test_finishing_saves_content_and_statistics_together(world: World) -> None:
    _, run = await begun(world)
    done = await world.finish(run, items=2, cost=1234)
    assert done["outcome"] == "succeeded"
    assert [(it["item"], it["body"], it["status"]) for it in done["contents"]] == [
        (0, "post 0", "draft"),
        (1, "post 1", "draft"),
    ]
    ended = done["run"]
    assert (ended["status"], ended["reason"], at(ended["finished_at"])) == ("succeeded", None, NOW + MINUTE)
    assert (ended["cost"], ended["tokens_in"], ended["tokens_out"]) == (1234, 10, 20)
    assert (ended["prompt_version"], [it["model"] for it in ended["model_attempts"]]) == ("v1", ["own/writer"])
    after = done["schedule"]
    assert (after["total_generated"], after["total_failed"], at(after["last_run_at"])) == (2, 0, NOW + MINUTE)
    assert at(after["next_run_at"]) == NOW, "finishing never moves the schedule"


async def test_finishing_again_with_the_same_fence_answers_the_same_and_counts_once(world: World) -> None:
    schedule, run = await begun(world)
    first = await world.finish(run, items=2, cost=1234)
    again = await world.finish(run, items=2, cost=1234, now=NOW + HOUR)
    assert again == first
    assert await world.day(schedule["workspace_id"]) == (1, 0, 1234)


async def test_finishing_settles_the_reservation_to_what_was_measured(world: World) -> None:
    schedule, run = await begun(world)
    assert await world.day(schedule["workspace_id"]) == (1, WORST, 0)
    await world.finish(run, cost=250_000)
    assert await world.day(schedule["workspace_id"]) == (1, 0, 250_000)


async def test_a_success_ends_a_row_of_failures(world: World) -> None:
    schedule, run = await begun(world)
    await world.fail(run, final=True)
    await world.advance(schedule, NOW + HOUR)
    second = (await world.claim(schedule, NOW + HOUR, NOW + HOUR))["run"]
    done = await world.finish(second, now=NOW + HOUR)
    assert (done["schedule"]["total_failed"], done["schedule"]["consecutive_failures"]) == (1, 0)


async def test_a_run_that_wrote_nothing_has_not_succeeded(world: World) -> None:
    schedule, run = await begun(world)
    with pytest.raises(Exception, match="wrote nothing"):
        await world.finish(run, items=0)
    assert await world.ledger(schedule) == [(NOW, "running", None)]


async def test_a_failure_for_now_ends_the_lease_and_keeps_the_reservation(world: World) -> None:
    schedule, run = await begun(world)
    failed = await world.fail(run, cost=100, retry_at=NOW + 5 * MINUTE)
    assert failed["outcome"] == "retrying"
    waiting = failed["run"]
    assert (waiting["status"], waiting["reason"], waiting["lease_until"]) == ("retrying", None, None)
    assert (at(waiting["retry_at"]), waiting["cost"]) == (NOW + 5 * MINUTE, 100)
    assert [(it["attempt"], it["code"], it["message"]) for it in waiting["errors"]] == [(1, "overloaded", "try later")]
    assert at(waiting["errors"][0]["at"]) == NOW + MINUTE
    assert failed["schedule"]["total_failed"] == 0
    assert await world.day(schedule["workspace_id"]) == (1, WORST, 0)


async def test_a_final_failure_is_counted_and_gives_an_unpaid_place_back(world: World) -> None:
    schedule, run = await begun(world)
    failed = await world.fail(run, final=True, reason="content")
    assert (failed["outcome"], failed["run"]["reason"]) == ("failed", "content")
    assert (failed["schedule"]["total_failed"], failed["schedule"]["consecutive_failures"]) == (1, 1)
    assert await world.day(schedule["workspace_id"]) == (0, 0, 0)


async def test_a_final_failure_that_cost_money_keeps_its_place(world: World) -> None:
    schedule, run = await begun(world)
    await world.fail(run, final=True, cost=700)
    assert await world.day(schedule["workspace_id"]) == (1, 0, 700)


@pytest.mark.parametrize("final", [False, True])
async def test_failing_again_with_the_same_fence_answers_the_same_and_counts_once(world: World, final: bool) -> None:
    schedule, run = await begun(world)
    told = measured(700)
    first = await world.fail(run, final=final, measured=told)
    again = await world.fail(run, final=final, measured=told, now=NOW + HOUR)
    assert again == first
    assert len(again["run"]["errors"]) == 1
    assert (await world.stored(schedule))["total_failed"] == int(final)


async def test_a_run_that_failed_for_now_cannot_be_finished_by_who_failed_it(world: World) -> None:
    _, run = await begun(world)
    await world.fail(run)
    assert (await world.finish(run))["outcome"] == "lost"


@pytest.mark.parametrize("final", [False, True])
async def test_a_succeeded_run_cannot_fail(world: World, final: bool) -> None:
    schedule, run = await begun(world)
    await world.finish(run)
    assert (await world.fail(run, final=final))["outcome"] == "lost"
    assert await world.ledger(schedule) == [(NOW, "succeeded", None)]


async def test_what_costs_more_than_the_worst_case_is_held_back_at_once(world: World) -> None:
    schedule, run = await begun(world)
    await world.fail(run, cost=WORST + 5)
    assert await world.day(schedule["workspace_id"]) == (1, WORST + 5, 0)


async def test_a_final_failure_needs_a_known_reason(world: World) -> None:
    schedule, run = await begun(world)
    with pytest.raises(Exception, match="invalid input value for enum"):
        await world.fail(run, final=True, reason="mood")
    assert await world.ledger(schedule) == [(NOW, "running", None)]


async def test_a_run_is_settled_on_the_day_that_it_was_reserved_on(world: World) -> None:
    schedule = await world.schedule(await world.person(), NOW + 14 * HOUR + 59 * MINUTE)
    due_at = at(schedule["next_run_at"])
    run = (await world.claim(schedule, due_at, due_at))["run"]
    await world.finish(run, now=due_at + 5 * MINUTE, cost=9)
    days = await world.owner.fetch("select day, runs, reserved_cost, spent_cost from app.budget_days")
    assert [tuple(day.values()) for day in days] == [(NOW.date(), 1, 0, 9)]
