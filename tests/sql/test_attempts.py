"""record_attempt: every call of a model is booked once, whatever becomes of its run; no answer is paid for twice."""

import asyncio

import asyncpg
import pytest

from tests.sql.callers import Row
from tests.sql.world import (
    HOUR,
    LEASE,
    MINUTE,
    NOW,
    WORST,
    World,
    contents,
    measured,
    model_answer,
    model_attempt,
    refused,
)


async def begun(world: World, **fields: object) -> tuple[Row, Row]:
    schedule = await world.schedule(await world.person(), **fields)
    return schedule, (await world.claim(schedule))["run"]


async def run_of(world: World, schedule: Row) -> Row:
    return dict(await world.owner.fetchrow("select * from app.runs where schedule_id = $1", schedule["id"]))


async def test_a_call_is_booked_at_once_and_held_within_the_reservation(world: World) -> None:
    schedule, run = await begun(world)
    answer = await world.record(run, model_attempt("one", 700))
    assert answer == {"outcome": "recorded", "cost": 700, "reserved_cost": WORST}
    stored = await run_of(world, schedule)
    assert (stored["cost"], stored["tokens_in"], stored["tokens_out"]) == (700, 10, 20)
    assert [it["id"] for it in stored["model_attempts"]] == ["one"]
    assert await world.day(schedule["workspace_id"]) == (1, WORST, 0)


async def test_told_again_it_is_booked_once(world: World) -> None:
    schedule, run = await begun(world)
    first = await world.record(run, model_attempt("one", 700), model_answer())
    assert await world.record(run, model_attempt("one", 700), model_answer()) == first
    assert (await run_of(world, schedule))["cost"] == 700


async def test_told_fifty_times_at_once_it_is_booked_once(world: World) -> None:
    schedule, run = await begun(world)
    told = (world.record(run, model_attempt(str(n % 5), 100), model_answer(item=n % 5)) for n in range(50))
    assert {it["outcome"] for it in await asyncio.gather(*told)} == {"recorded"}
    stored = await run_of(world, schedule)
    assert (stored["cost"], len(stored["model_attempts"])) == (500, 5)


@pytest.mark.parametrize("ending", ["finish", "fail", "retry"])
async def test_the_end_counts_only_what_was_not_booked_before(world: World, ending: str) -> None:
    schedule, run = await begun(world)
    await world.record(run, model_attempt("one", 700), model_answer())
    told = {
        "model_attempts": [model_attempt("one", 700, outcome="rejected"), model_attempt("two", 30)],
        "prompt_version": "v2",
    }  # fmt: skip
    for _ in range(2):
        if ending == "finish":
            await world.service.call(
                "finish_run",
                run_id=run["id"],
                fence=run["fence"],
                contents=contents(),
                measured=told,
                now=NOW,
                known=None,
                handover=None,
            )
        else:
            await world.fail(run, final=ending == "fail", measured=told)
    stored = await run_of(world, schedule)
    assert (stored["cost"], stored["tokens_in"], stored["prompt_version"]) == (730, 20, "v2")
    assert [(it["id"], it["outcome"]) for it in stored["model_attempts"]] == [("one", "rejected"), ("two", "accepted")]
    held = WORST if ending == "retry" else 0
    assert await world.day(schedule["workspace_id"]) == (1, held, 0 if held else 730)


async def test_who_has_lost_the_claim_books_and_is_told_so(world: World) -> None:
    schedule, run = await begun(world)
    rescued = (await world.resume(run, NOW + LEASE))["run"]
    assert (await world.record(run, model_attempt("late", 40), model_answer()))["outcome"] == "lost"
    assert (await run_of(world, schedule))["cost"] == 40
    done = await world.finish(rescued, cost=2)
    assert done["run"]["cost"] == 42
    assert await world.day(schedule["workspace_id"]) == (1, 0, 42)


@pytest.mark.parametrize("end", ["finish", "fail"])
@pytest.mark.parametrize("then", ["taken over", "ended"])
async def test_who_comes_to_the_end_too_late_still_books_what_was_not_booked(world: World, end: str, then: str) -> None:
    schedule, run = await begun(world)
    rescued = (await world.resume(run, NOW + LEASE))["run"]
    if then == "ended":
        await world.fail(rescued, final=True)
    told = {"model_attempts": [model_attempt("one", 30)], "prompt_version": "old", "items_failed": 1}
    for _ in range(2):
        if end == "finish":
            answer = await world.service.call(
                "finish_run",
                run_id=run["id"],
                fence=run["fence"],
                contents=contents(),
                measured=told,
                now=NOW + HOUR,
                known=None,
                handover=None,
            )
        else:
            answer = await world.fail(run, final=True, measured=told)
        assert answer["outcome"] == "lost"
    stored = await run_of(world, schedule)
    assert (stored["cost"], stored["items_failed"], stored["prompt_version"] == "old") == (30, 0, False)
    assert await world.day(schedule["workspace_id"]) == (1, *((0, 30) if then == "ended" else (WORST, 0)))
    assert await world.owner.fetchval("select count(*) from app.contents") == 0


async def test_a_lost_holders_answer_serves_the_next_attempt(world: World) -> None:
    _, run = await begun(world)
    rescued = (await world.resume(run, NOW + LEASE))["run"]
    await world.record(run, model_attempt("late", 40), model_answer())
    again = await world.resume(rescued, NOW + 2 * LEASE, claim_id="third")
    assert [it["item"] for it in again["answers"]] == [0]


@pytest.mark.parametrize("ending", ["finish", "fail", "skip"])
async def test_a_run_that_has_ended_takes_the_cost_into_its_day(world: World, ending: str) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, settings={"count": 3})
    run = (await world.claim(schedule))["run"]
    match ending:
        case "finish":
            await world.finish(run, cost=5)
        case "fail":
            await world.fail(run, final=True)
        case "skip":
            await ada.call("pause_schedule", schedule_id=schedule["id"], now=NOW)
            await world.resume(run, NOW + LEASE)
    before = 5 if ending == "finish" else 0
    assert await world.day(ada.id) == (3 if before else 0, 0, before)
    for _ in range(2):
        answer = await world.record(run, model_attempt("late", 40), model_answer(), NOW + HOUR)
        assert (answer["outcome"], answer["cost"]) == ("lost", before + 40)
    assert await world.day(ada.id) == (3, 0, before + 40), "what cost money uses its places of the quota"
    assert (await run_of(world, schedule))["cost"] == before + 40
    assert await world.owner.fetchval("select count(*) from app.answers") == 0


async def test_what_costs_more_than_was_reserved_is_held_back_at_once(world: World) -> None:
    schedule, run = await begun(world)
    answer = await world.record(run, model_attempt("dear", WORST + 9))
    assert (answer["cost"], answer["reserved_cost"]) == (WORST + 9, WORST + 9)
    assert await world.day(schedule["workspace_id"]) == (1, WORST + 9, 0)


async def test_a_run_that_waits_for_its_retry_books_too(world: World) -> None:
    schedule, run = await begun(world)
    await world.fail(run)
    assert (await world.record(run, model_attempt("late", 40), model_answer()))["outcome"] == "lost"
    assert (await run_of(world, schedule))["cost"] == 40
    assert len((await world.resume(run, NOW + 5 * MINUTE))["answers"]) == 1


async def test_a_call_without_an_id_or_for_a_run_that_was_never_begun_is_refused(world: World) -> None:
    ada = await world.person()
    schedule, run = await begun(world)
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await world.record(run, {**model_attempt("x", 5), "id": None})
    await world.owner.execute("update app.plans set runs_a_day = 0")
    skipped = (await world.claim(await world.schedule(ada)))["run"]
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await world.record(skipped, model_attempt("one", 5))
    with refused(404, "run_not_found"):
        await world.record({"id": "00000000-0000-0000-0000-000000000001", "fence": 1}, model_attempt("one"))
    assert (await run_of(world, schedule))["cost"] == 0


async def test_a_resumed_run_comes_with_every_answer_that_was_paid_for(world: World) -> None:
    _, run = await begun(world)
    for number, (item, step) in enumerate([(1, 0), (0, 0), (0, 1)]):
        await world.record(run, model_attempt(str(number), 5), model_answer(item, step))
    await world.record(run, model_attempt("failed", 5, outcome="transient"))
    again = await world.resume(run, NOW + LEASE)
    assert [(it["item"], it["step"]) for it in again["answers"]] == [(0, 0), (0, 1), (1, 0)]
    assert again["answers"][0] == {
        "item": 0, "step": 0, "fingerprint": "asked", "angle": "myth", "model": "own/writer",
        "fields": {"text": "post 0"}, "text": "{}", "created_at": again["answers"][0]["created_at"],
    }  # fmt: skip
    in_progress = await world.resume(run, NOW + LEASE, claim_id="another")
    assert (in_progress["outcome"], in_progress.get("answers")) == ("in_progress", None)


async def test_of_two_answers_to_one_request_the_first_is_kept(world: World) -> None:
    _, run = await begun(world)
    await world.record(run, model_attempt("one", 5), model_answer(text="first"))
    await world.record(run, model_attempt("two", 5), model_answer(text="second"))
    await world.record(run, model_attempt("three", 5), model_answer(fingerprint="asked otherwise", text="third"))
    assert [it["text"] for it in (await world.resume(run, NOW + LEASE))["answers"]] == ["first", "third"]


@pytest.mark.parametrize("ending", ["finish", "fail", "pause", "delivery"])
async def test_no_answer_outlives_its_run(world: World, ending: str) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, late_after=20 * MINUTE)
    run = (await world.claim(schedule))["run"]
    await world.record(run, model_attempt("one", 5), model_answer())
    match ending:
        case "finish":
            await world.finish(run)
        case "fail":
            await world.fail(run, final=True)
        case "pause":
            await ada.call("pause_schedule", schedule_id=schedule["id"], now=NOW)
            await world.resume(run, NOW + LEASE)
        case "delivery":
            await world.service.call(
                "settle_dead_letter", dlq_id="d", message_id=None, url=None, status=500, body="", now=NOW + HOUR,
                schedule_id=schedule["id"], due_at=NOW, run_id=None, publication_id=None,
            )  # fmt: skip
    assert await world.owner.fetchval("select count(*) from app.answers") == 0
    assert (await world.owner.fetchval("select status from app.runs")) in ("succeeded", "failed", "skipped")


async def test_a_failure_for_now_keeps_the_answers(world: World) -> None:
    _, run = await begun(world)
    await world.record(run, model_attempt("one", 5), model_answer())
    await world.fail(run)
    assert await world.owner.fetchval("select count(*) from app.answers") == 1


async def test_the_errors_of_single_items_are_told_with_the_run(world: World) -> None:
    schedule, run = await begun(world, settings={"count": 2})
    told = {**measured(5), "items_failed": 1, "errors": [{"item": 1, "code": "model", "message": "overloaded"}]}
    done = await world.service.call(
        "finish_run",
        run_id=run["id"],
        fence=run["fence"],
        contents=contents(),
        measured=told,
        now=NOW,
        known=None,
        handover=None,
    )
    ended = done["run"]
    assert (ended["status"], ended["item_count"], ended["items_failed"]) == ("succeeded", 2, 1)
    assert [(it["item"], it["code"], it["attempt"]) for it in ended["errors"]] == [(1, "model", 1)]
    assert await world.day(schedule["workspace_id"]) == (2, 0, 5)
