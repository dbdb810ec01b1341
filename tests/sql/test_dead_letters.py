"""settle_dead_letter: QStash gave a message up, which is only a hint."""

import pytest

from tests.sql.callers import Row
from tests.sql.world import HOUR, LEASE, MINUTE, NOW, World, at, model_attempt


async def settle(world: World, schedule: Row | None, now: object, dlq_id: str = "dlq 1", **changed: object) -> Row:
    arguments: Row = {
        "dlq_id": dlq_id, "message_id": "msg", "url": "https://drumbeat.test/hook", "status": 503, "body": "busy",
        "schedule_id": schedule and schedule["id"], "due_at": schedule and at(schedule["next_run_at"]),
        "run_id": None, "publication_id": None, "now": now,
    }  # fmt: skip
    return await world.service.call("settle_dead_letter", **{**arguments, **changed})


async def letters(world: World) -> list[tuple[str, str, bool]]:
    rows = await world.owner.fetch("select dlq_id, outcome, settled_at from app.dead_letters order by dlq_id")
    return [(it["dlq_id"], it["outcome"], it["settled_at"] is not None) for it in rows]


async def test_a_letter_for_an_ended_run_is_closed_and_changes_nothing(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.finish((await world.claim(schedule))["run"])
    before = await world.stored(schedule)
    assert (await settle(world, schedule, NOW + 5 * HOUR))["outcome"] == "closed"
    assert await world.stored(schedule) == before
    assert await world.ledger(schedule) == [(NOW, "succeeded", None)]
    assert await letters(world) == [("dlq 1", "closed", True)]


async def test_a_letter_for_a_run_under_way_is_closed(world: World) -> None:
    schedule = await world.schedule(await world.person())
    run = (await world.claim(schedule))["run"]
    assert (await settle(world, schedule, NOW + LEASE - MINUTE))["outcome"] == "closed"
    assert (await world.finish(run))["outcome"] == "succeeded"


async def test_a_letter_for_an_interrupted_run_with_time_left_leaves_it_to_the_sweep(world: World) -> None:
    schedule = await world.schedule(await world.person())
    run = (await world.claim(schedule))["run"]
    assert (await settle(world, schedule, NOW + LEASE))["outcome"] == "waiting"
    assert await world.ledger(schedule) == [(NOW, "retrying", None)]
    work = await world.sweep(NOW + LEASE + MINUTE)
    assert [it["run_id"] for it in work["interrupted"]] == [run["id"]]


async def test_a_letter_for_an_interrupted_run_whose_time_has_passed_fails_it_once(world: World) -> None:
    schedule = await world.schedule(await world.person())
    run = (await world.claim(schedule))["run"]
    settled = await settle(world, schedule, NOW + HOUR)
    again = await settle(world, schedule, NOW + 2 * HOUR)
    assert (settled["outcome"], again["outcome"]) == ("failed", "failed")
    assert again["schedule"] == settled["schedule"]
    assert await world.ledger(schedule) == [(NOW, "failed", "delivery")]
    assert (settled["schedule"]["total_failed"], settled["schedule"]["consecutive_failures"]) == (1, 1)
    assert await world.day(schedule["workspace_id"]) == (0, 0, 0)
    assert (await world.finish(run))["outcome"] == "lost"
    assert (await world.fail(run, final=True))["outcome"] == "lost"


async def test_a_letter_for_an_occurrence_never_begun_waits_and_then_fails_it(world: World) -> None:
    schedule = await world.schedule(await world.person())
    assert (await settle(world, schedule, NOW + MINUTE))["outcome"] == "waiting"
    assert await world.ledger(schedule) == []
    assert await letters(world) == [("dlq 1", "waiting", False)]
    failed = await settle(world, schedule, NOW + HOUR / 2)
    assert failed["outcome"] == "failed"
    assert await world.ledger(schedule) == [(NOW, "failed", "delivery")]
    assert await letters(world) == [("dlq 1", "failed", True)]
    assert (await world.advance(failed["schedule"], NOW + HOUR))["outcome"] == "advanced"


async def test_a_letter_for_what_is_no_longer_waited_for_writes_no_row(world: World) -> None:
    schedule = await world.schedule(await world.person())
    settled = await settle(world, schedule, NOW + 5 * HOUR, due_at=NOW - HOUR)
    assert settled["outcome"] == "closed"
    assert await world.ledger(schedule) == []


async def test_a_letter_about_nothing_we_know_is_only_recorded(world: World) -> None:
    unknown = "00000000-0000-0000-0000-000000000007"
    for n, changed in enumerate([{}, {"schedule_id": unknown, "due_at": NOW}, {"run_id": unknown}]):
        settled = await settle(world, None, NOW, f"dlq {n}", **changed)
        assert settled == {"outcome": "closed", "schedule": None}
    assert len(await letters(world)) == 3


async def test_a_letter_in_a_stopped_workspace_waits_for_its_resumption(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.stop_workspace(schedule["workspace_id"])
    assert (await settle(world, schedule, NOW + 5 * HOUR))["outcome"] == "waiting"
    assert await world.ledger(schedule) == []


async def test_a_letter_for_a_run_by_its_id_finds_it_although_the_schedule_has_moved_on(world: World) -> None:
    schedule = await world.schedule(await world.person())
    run = (await world.claim(schedule))["run"]
    await world.advance(schedule, NOW + HOUR)
    settled = await settle(world, None, NOW + 2 * HOUR, run_id=run["id"])
    assert (settled["outcome"], settled["schedule"]["id"]) == ("failed", schedule["id"])
    assert await world.ledger(schedule) == [(NOW, "failed", "delivery")]


async def test_a_letter_for_an_interrupted_press_waits_for_the_sweep(world: World) -> None:
    schedule = await world.schedule(await world.person(), NOW + HOUR)
    run = (await world.run_now(schedule))["run"]
    assert (await settle(world, None, NOW + 24 * HOUR, run_id=run["id"]))["outcome"] == "waiting"


async def test_a_huge_reply_is_kept_in_part(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await settle(world, schedule, NOW, body="북" * 9000)
    assert await world.owner.fetchval("select body from app.dead_letters") == "북" * 2048


@pytest.mark.parametrize("final", [True, False])
async def test_who_reports_a_failure_after_its_message_was_given_up_still_books_what_it_paid(
    world: World, final: bool
) -> None:
    schedule = await world.schedule(await world.person())
    run = (await world.claim(schedule))["run"]
    assert (await settle(world, schedule, NOW + LEASE))["outcome"] == "waiting"
    told = {"model_attempts": [model_attempt("one", 30)]}
    for _ in range(2):
        await world.fail(run, NOW + LEASE, final=final, measured=told)
    assert await world.owner.fetchval("select cost from app.runs") == 30
    again = await world.resume(run, NOW + LEASE + MINUTE)
    assert (await world.finish(again["run"], cost=2))["run"]["cost"] == 32
    assert await world.day(schedule["workspace_id"]) == (1, 0, 32)
