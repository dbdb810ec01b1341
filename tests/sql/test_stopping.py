"""The stop of a workspace: nothing begins any more, at once; going on loses nothing and does nothing twice."""

import asyncio
from datetime import datetime

import asyncpg
import pytest

from tests.sql.callers import Person, Row
from tests.sql.publishing import OUT, claim, publishing, sending, settle
from tests.sql.stopped import AGAIN, ALL, NEXT, held, resume, skipped, stop, stopped
from tests.sql.world import HOUR, LEASE, MINUTE, NOW, World, at, refused


async def test_a_stop_takes_effect_for_every_claim_at_once(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write()
    other = await world.schedule(press.person)
    queued = await world.queue(other, now=NOW)
    first, again = await stop(press.person, NOW), await stop(press.person, NOW + MINUTE)
    assert (first["outcome"], again["outcome"]) == ("stopped", "unchanged")
    assert first["workspace"]["paused_at"] == again["workspace"]["paused_at"]
    assert (await claim(world, row))["outcome"] == "held"
    assert (await world.claim(other))["outcome"] == "held"
    assert (await world.resume(queued["run"], NOW))["outcome"] == "held"
    assert (await world.run_now(other, key="now"))["reason"] == "held"
    work = await world.sweep(NOW + HOUR)
    assert (work["overdue"], work["unarmed"], work["interrupted"]) == ([], [], [])
    assert await world.owner.fetchval("select count(*) from app.audit_log where action = 'workspace.stop'") == 1


async def test_what_is_under_way_is_finished_while_everything_stands_still(world: World) -> None:
    press = await publishing(world)
    (row,) = await press.write()
    under_way = await sending(world, row)
    run = (await world.claim(await world.schedule(press.person)))["run"]
    await stop(press.person, NOW)
    assert (await settle(world, under_way, OUT))["publication"]["status"] == "published"
    assert (await world.finish(run))["outcome"] == "succeeded"


async def test_what_is_held_is_shown_only_while_it_is(world: World) -> None:
    ada, schedule = await stopped(world)
    later = await world.schedule(ada, AGAIN + MINUTE)
    found = await held(ada)
    assert [it["id"] for it in found["schedules"]] == [schedule["id"]]
    assert at(found["workspace"]["paused_at"]) == NOW - MINUTE
    del later
    await resume(ada, skipped(schedule, *ALL))
    found = await held(ada)
    assert (found["schedules"], found["runs"], found["publications"]) == ([], 0, 0)


async def test_every_due_time_that_was_held_has_a_row_when_it_is_skipped(world: World) -> None:
    ada, schedule = await stopped(world)
    await world.arm(schedule)
    answer = await resume(ada, skipped(schedule, *ALL))
    assert (answer["outcome"], answer["workspace"]["paused_at"]) == ("resumed", None)
    assert [at(it["next_run_at"]) for it in answer["schedules"]] == [NEXT]
    assert await world.ledger(schedule) == [(it, "skipped", "stopped") for it in ALL]
    assert (await world.stored(schedule))["armed_for"] is None, "its message was answered `held`"
    assert (await world.claim(schedule, NEXT, NEXT))["outcome"] == "claimed"


async def test_the_newest_is_caught_up_once_and_the_others_are_missed(world: World) -> None:
    ada, schedule = await stopped(world)
    await world.arm(schedule)
    wish = skipped(schedule, next_run_at=ALL[3], missed=[it.isoformat() for it in ALL[:3]])
    answer = await resume(ada, wish, how="catch_up")
    assert [at(it["next_run_at"]) for it in answer["schedules"]] == [ALL[3]]
    assert (await world.stored(schedule))["armed_for"] is None
    run = (await world.claim(schedule, ALL[3], AGAIN + MINUTE))["run"]
    await world.finish(run, AGAIN + 2 * MINUTE)
    assert await world.ledger(schedule) == [*((it, "missed", "late") for it in ALL[:3]), (ALL[3], "succeeded", None)]


async def test_the_very_one_that_was_held_can_still_be_performed(world: World) -> None:
    ada, schedule = await stopped(world)
    wish = skipped(schedule, next_run_at=NOW, late_at=(NOW + HOUR).isoformat())
    await resume(ada, wish, how="catch_up", now=NOW + 40 * MINUTE)
    assert (await world.claim(schedule, NOW, NOW + 50 * MINUTE))["outcome"] == "claimed"


async def test_a_repetition_changes_nothing(world: World) -> None:
    ada, schedule = await stopped(world)
    await resume(ada, skipped(schedule, *ALL))
    before = await world.stored(schedule)
    for wish in ([], [skipped(schedule, *ALL)]):
        answer = await resume(ada, *wish)
        assert (answer["outcome"], answer["schedules"], answer["publications"]) == ("unchanged", [], [])
    assert await world.stored(schedule) == before
    assert len(await world.ledger(schedule)) == 4
    assert await world.owner.fetchval("select count(*) from app.audit_log where action = 'workspace.resume'") == 1


async def test_of_two_who_let_it_go_on_at_once_one_does(world: World) -> None:
    ada, schedule = await stopped(world)
    answers = await asyncio.gather(*(resume(ada, skipped(schedule, *ALL)) for _ in range(6)))
    assert sorted(it["outcome"] for it in answers) == ["resumed", *["unchanged"] * 5]
    assert await world.ledger(schedule) == [(it, "skipped", "stopped") for it in ALL]


@pytest.mark.parametrize("change", ["edited", "moved on", "forgotten", "twice", "another's"])
async def test_a_plan_that_is_not_about_what_is_held_now_changes_nothing_at_all(world: World, change: str) -> None:
    ada, schedule = await stopped(world)
    other = await world.schedule(ada)
    wishes = [skipped(schedule, *ALL), skipped(other, *ALL)]
    if change == "edited":
        await ada.call(
            "update_schedule", schedule_id=other["id"], revision=1, changes={"time_of_day": "10:00"},
            next_run_at=NEXT, late_at=NEXT + HOUR, now=AGAIN,
        )  # fmt: skip
    elif change == "moved on":
        wishes[1]["due_at"] = (NOW + HOUR).isoformat()
    elif change == "forgotten":
        wishes.pop()
    elif change == "twice":
        wishes.append(wishes[1])
    else:
        wishes[1] = skipped(await world.schedule(await world.person()), *ALL)
    with refused(409, "schedules_changed"):
        await resume(ada, *wishes)
    assert await world.ledger(schedule) == []
    assert (await held(ada))["workspace"]["paused_at"] is not None


@pytest.mark.parametrize(("due", "next_run_at"), [
    (ALL[1:], NEXT),  # the one it waited for would disappear
    ([], NEXT),
    ([], None),
    ([*ALL, NEXT], NEXT),  # the future is not held
    ([*ALL, NOW - HOUR], NEXT),
    (ALL, ALL[2]),  # after what it waits for nothing is skipped
])  # fmt: skip
async def test_no_plan_makes_a_due_time_disappear(
    world: World, due: list[datetime], next_run_at: datetime | None
) -> None:
    ada, schedule = await stopped(world)
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await resume(ada, skipped(schedule, *due, next_run_at=next_run_at))
    assert await world.ledger(schedule) == []
    assert (await held(ada))["workspace"]["paused_at"] is not None


async def test_a_schedule_whose_last_occurrence_was_held_ends_with_its_row(world: World) -> None:
    ada, schedule = await stopped(world)
    await resume(ada, skipped(schedule, NOW, next_run_at=None))
    assert await world.ledger(schedule) == [(NOW, "skipped", "stopped")]
    assert (await world.stored(schedule))["finished_at"] == AGAIN


async def interrupted(world: World) -> tuple[Person, Row, Row]:
    """A run that was begun before the stop, whose holder died."""
    ada = await world.person()
    schedule = await world.schedule(ada)
    run = (await world.claim(schedule))["run"]
    await world.advance(schedule, NEXT)
    await stop(ada, NOW + MINUTE)
    return ada, schedule, run


async def test_what_was_interrupted_is_skipped_with_the_rest(world: World) -> None:
    ada, schedule, run = await interrupted(world)
    assert (await held(ada))["runs"] == 1
    await resume(ada)
    assert await world.ledger(schedule) == [(NOW, "skipped", "stopped")]
    assert await world.day(ada.id) == (0, 0, 0), "what it held back is given back"
    assert (await world.finish(run, AGAIN))["outcome"] == "lost"


async def test_what_was_interrupted_goes_on_where_it_is_caught_up(world: World) -> None:
    ada, _, run = await interrupted(world)
    await resume(ada, how="catch_up", now=NOW + 10 * MINUTE)
    assert (await world.resume(run, NOW + 11 * MINUTE))["outcome"] == "claimed"


async def test_a_run_that_is_just_being_written_is_not_skipped(world: World) -> None:
    ada, schedule, run = await interrupted(world)
    await resume(ada, now=NOW + LEASE - MINUTE)
    assert (await world.finish(run, NOW + LEASE - MINUTE))["outcome"] == "succeeded"
    assert await world.ledger(schedule) == [(NOW, "succeeded", None)]


@pytest.mark.parametrize("how", ["", "burst", None])
async def test_there_are_three_ways_to_go_on(world: World, how: str) -> None:
    ada, schedule = await stopped(world)
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await resume(ada, skipped(schedule, *ALL), how=how)
