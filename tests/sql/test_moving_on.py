"""advance_schedule, record_missed and mark_armed: compare-and-sets on what the schedule waits for."""

from datetime import datetime

import pytest

from tests.sql.callers import Row
from tests.sql.world import HOUR, MINUTE, NOW, World, at


async def record_missed(
    world: World, schedule: Row, missed: list[datetime], next_run_at: datetime | None, now: datetime
) -> Row:
    return await world.service.call(
        "record_missed",
        schedule_id=schedule["id"],
        due_at=at(schedule["next_run_at"]),
        revision=schedule["revision"],
        missed=missed,
        next_run_at=next_run_at,
        late_at=next_run_at and next_run_at + HOUR / 2,
        now=now,
    )


async def test_a_claimed_schedule_moves_on_unarmed(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.arm(schedule)
    await world.claim(schedule)
    advanced = await world.advance(schedule, NOW + HOUR)
    assert advanced["outcome"] == "advanced"
    after = advanced["schedule"]
    assert (at(after["next_run_at"]), at(after["late_at"])) == (NOW + HOUR, NOW + 1.5 * HOUR)
    assert (after["armed_for"], after["armed_at"], after["armed_message_id"]) == (None, None, None)
    assert (after["arm_count"], after["revision"]) == (1, 1)


async def test_moving_on_twice_moves_once(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.claim(schedule)
    await world.advance(schedule, NOW + HOUR)
    again = await world.advance(schedule, NOW + HOUR)
    assert again["outcome"] == "stale"
    assert at(again["schedule"]["next_run_at"]) == NOW + HOUR


async def test_an_edited_schedule_does_not_move_on_for_who_saw_the_old_rule(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.claim(schedule)
    await ada.call(
        "update_schedule", schedule_id=schedule["id"], revision=1, changes={"frequency": "3hours"},
        next_run_at=NOW + 3 * HOUR, late_at=NOW + 4 * HOUR, now=NOW,
    )  # fmt: skip
    stale = await world.advance(schedule, NOW + HOUR)
    assert stale["outcome"] == "stale"
    assert at(stale["schedule"]["next_run_at"]) == NOW + 3 * HOUR


async def test_an_occurrence_without_a_ledger_row_is_never_left_behind(world: World) -> None:
    schedule = await world.schedule(await world.person())
    assert (await world.advance(schedule, NOW + HOUR))["outcome"] == "stale"
    assert (await world.stored(schedule))["next_run_at"] == NOW


async def test_a_schedule_cannot_move_backwards(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.claim(schedule)
    with pytest.raises(Exception, match="cannot come before"):
        await world.advance(schedule, NOW - HOUR)


@pytest.mark.parametrize(
    ("fields", "next_run_at"),
    [({}, None), ({"max_runs": 1}, NOW + HOUR), ({"ends_at": NOW + HOUR / 2}, NOW + HOUR)],
    ids=["no occurrence left", "max_runs begun", "past ends_at"],
)
async def test_a_schedule_without_a_next_occurrence_is_finished(
    world: World, fields: Row, next_run_at: datetime | None
) -> None:
    schedule = await world.schedule(await world.person(), **fields)
    await world.claim(schedule)
    finished = await world.advance(schedule, next_run_at)
    assert finished["outcome"] == "finished"
    after = finished["schedule"]
    assert (after["is_active"], after["next_run_at"], after["late_at"]) == (False, None, None)
    assert (at(after["finished_at"]), after["revision"]) == (NOW, 2)


async def test_max_runs_counts_scheduled_runs_that_were_begun_and_nothing_else(world: World) -> None:
    schedule = await world.schedule(await world.person(), max_runs=2)
    await world.run_now(schedule)
    missed = await record_missed(world, schedule, [NOW], NOW + HOUR, NOW + HOUR / 2)
    assert missed["schedule"]["run_count"] == 0
    for n in (1, 2):
        due_at = NOW + n * HOUR
        await world.claim(schedule, due_at, due_at)
        moved = await world.advance(schedule, due_at + HOUR, due_at, due_at)
        assert moved["outcome"] == ("advanced", "finished")[n - 1]


async def test_what_was_missed_is_written_down_and_the_schedule_waits_for_the_newest(world: World) -> None:
    schedule = await world.schedule(await world.person())
    missed = [NOW + n * HOUR for n in range(5)]
    recorded = await record_missed(world, schedule, missed, NOW + 5 * HOUR, NOW + 5 * HOUR + MINUTE)
    assert (recorded["outcome"], recorded["recorded"]) == ("recorded", 5)
    assert at(recorded["schedule"]["next_run_at"]) == NOW + 5 * HOUR
    assert await world.ledger(schedule) == [(due_at, "missed", "late") for due_at in missed]
    assert recorded["schedule"]["total_failed"] == 0


async def test_recording_again_is_stale(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await record_missed(world, schedule, [NOW], NOW + HOUR, NOW + HOUR / 2)
    again = await record_missed(world, schedule, [NOW], NOW + HOUR, NOW + HOUR / 2)
    assert (again["outcome"], again["recorded"]) == ("stale", 0)
    assert await world.ledger(schedule) == [(NOW, "missed", "late")]


async def test_an_occurrence_with_a_row_keeps_it_when_others_are_recorded(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.finish((await world.claim(schedule))["run"])
    recorded = await record_missed(world, schedule, [NOW, NOW + HOUR], NOW + 2 * HOUR, NOW + 2 * HOUR)
    assert recorded["recorded"] == 1
    assert await world.ledger(schedule) == [(NOW, "succeeded", None), (NOW + HOUR, "missed", "late")]


async def test_the_missed_must_include_what_the_schedule_waits_for(world: World) -> None:
    schedule = await world.schedule(await world.person())
    recorded = await record_missed(world, schedule, [NOW + HOUR], NOW + 2 * HOUR, NOW + 2 * HOUR)
    assert recorded["outcome"] == "stale"
    assert await world.ledger(schedule) == []


async def test_a_schedule_whose_every_occurrence_was_missed_is_finished(world: World) -> None:
    schedule = await world.schedule(await world.person())
    recorded = await record_missed(world, schedule, [NOW], None, NOW + HOUR)
    assert (recorded["outcome"], recorded["schedule"]["finished_at"] is not None) == ("recorded", True)


async def test_a_message_is_noted_for_the_occurrence_it_was_sent_for(world: World) -> None:
    schedule = await world.schedule(await world.person())
    assert await world.arm(schedule, "msg 1", NOW - HOUR) == {"armed": 1}
    stored = await world.stored(schedule)
    assert (stored["armed_for"], stored["armed_at"], stored["arm_count"]) == (NOW, NOW - HOUR, 1)
    assert stored["armed_message_id"] == "msg 1"


async def test_noting_the_same_message_twice_counts_it_once(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.arm(schedule, "msg 1", NOW - HOUR)
    before = await world.stored(schedule)
    assert await world.arm(schedule, "msg 1", NOW) == {"armed": 1}
    assert await world.stored(schedule) == before
    await world.arm(schedule, "msg 2", NOW)
    assert (await world.stored(schedule))["arm_count"] == 2


async def test_a_message_for_something_no_longer_waited_for_is_not_noted(world: World) -> None:
    schedule = await world.schedule(await world.person())
    await world.claim(schedule)
    await world.advance(schedule, NOW + HOUR)
    assert await world.arm(schedule) == {"armed": 0}
    assert await world.arm({**schedule, "next_run_at": NOW + HOUR, "revision": 2}) == {"armed": 0}
    assert (await world.stored(schedule))["armed_for"] is None


async def test_of_a_batch_only_those_that_still_wait_are_noted(world: World) -> None:
    ada = await world.person()
    schedules = [await world.schedule(ada) for _ in range(3)]
    await ada.call("pause_schedule", schedule_id=schedules[1]["id"], now=NOW - HOUR)
    armed = [
        {"schedule_id": it["id"], "due_at": it["next_run_at"], "revision": 1, "message_id": "m"} for it in schedules
    ]
    assert await world.service.call("mark_armed", armed=armed, now=NOW - HOUR) == {"armed": 2}
