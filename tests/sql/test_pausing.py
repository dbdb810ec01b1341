"""pause, resume, delete, restore: one row for what they cancel, and what is ahead again runs once."""

from datetime import datetime

import pytest

from tests.sql.callers import Person, Row
from tests.sql.world import HOUR, MINUTE, NOW, World, at, refused


async def act(person: Person, verb: str, schedule: Row, now: datetime, next_run_at: datetime | None = NOW) -> Row:
    arguments: Row = {"schedule_id": schedule["id"], "now": now}
    if verb in ("resume", "restore"):
        arguments |= {"next_run_at": next_run_at, "late_at": next_run_at and next_run_at + HOUR / 2}
    return await person.call(f"{verb}_schedule", **arguments)


PAIRS = [("pause", "resume", "paused"), ("delete", "restore", "deleted")]


@pytest.mark.parametrize(("stop", "go_on", "reason"), PAIRS)
async def test_an_occurrence_cancelled_at_0850_and_back_at_0855_runs_once_at_0900_whatever_message_comes_first(
    world: World, stop: str, go_on: str, reason: str
) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.arm(schedule, "old message")
    stopped = await act(ada, stop, schedule, NOW - 10 * MINUTE)
    assert stopped["superseded_message_id"] == "old message"
    assert await world.ledger(schedule) == [(NOW, "skipped", reason)]

    back = await act(ada, go_on, schedule, NOW - 5 * MINUTE)
    assert (at(back["schedule"]["next_run_at"]), back["schedule"]["revision"]) == (NOW, 3)
    assert await world.ledger(schedule) == []
    await world.arm(back["schedule"], "new message")

    first = await world.claim(schedule, claim_id="a", message_id="old message")
    second = await world.claim(schedule, claim_id="b", message_id="new message")
    assert (first["outcome"], second["outcome"]) == ("claimed", "in_progress")
    await world.finish(first["run"])
    assert (await world.claim(schedule, claim_id="b", message_id="new message"))["outcome"] == "duplicate"
    assert await world.ledger(schedule) == [(NOW, "succeeded", None)]


@pytest.mark.parametrize(("stop", "go_on", "reason"), PAIRS)
async def test_stopping_and_going_on_twice_changes_nothing_the_second_time(
    world: World, stop: str, go_on: str, reason: str
) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    first = await act(ada, stop, schedule, NOW - HOUR)
    again = await act(ada, stop, schedule, NOW - MINUTE)
    assert (first["outcome"], again["outcome"]) == (reason, "unchanged")
    assert again["schedule"] == first["schedule"]
    back = await act(ada, go_on, schedule, NOW - MINUTE)
    twice = await act(ada, go_on, schedule, NOW - MINUTE, NOW + HOUR)
    assert (twice["outcome"], twice["schedule"]) == ("unchanged", back["schedule"])


async def test_what_was_cancelled_stays_cancelled_once_its_time_is_past(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await act(ada, "pause", schedule, NOW - MINUTE)
    resumed = await act(ada, "resume", schedule, NOW + MINUTE, NOW + HOUR)
    assert at(resumed["schedule"]["next_run_at"]) == NOW + HOUR
    assert await world.ledger(schedule) == [(NOW, "skipped", "paused")]
    assert (await world.claim(schedule, now=NOW + MINUTE))["outcome"] == "duplicate"


async def test_moving_on_to_a_cancelled_occurrence_opens_it_only_while_it_is_ahead(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await act(ada, "pause", schedule, NOW - 10 * MINUTE)
    before = NOW - MINUTE
    resumed = (await act(ada, "resume", schedule, NOW - 5 * MINUTE, before))["schedule"]
    await world.finish((await world.claim(schedule, before, before))["run"])
    assert (await world.advance(resumed, NOW, before, NOW + MINUTE))["outcome"] == "advanced"
    assert await world.ledger(schedule) == [(before, "succeeded", None), (NOW, "skipped", "paused")]
    assert (await world.claim(schedule, NOW, NOW + MINUTE))["outcome"] == "duplicate"


async def test_a_long_pause_leaves_one_row(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await act(ada, "pause", schedule, NOW - HOUR)
    await act(ada, "resume", schedule, NOW + 30 * 24 * HOUR, NOW + 30 * 24 * HOUR + MINUTE)
    assert await world.ledger(schedule) == [(NOW, "skipped", "paused")]


async def test_pausing_while_it_runs_lets_the_run_finish(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    run = (await world.claim(schedule))["run"]
    await act(ada, "pause", schedule, NOW)
    await world.finish(run)
    assert await world.ledger(schedule) == [(NOW, "succeeded", None)]


async def test_an_occurrence_that_was_begun_before_the_pause_is_not_opened_again(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, lead_time="PT10M")
    run = (await world.claim(schedule, now=NOW - 10 * MINUTE))["run"]
    await world.fail(run, now=NOW - 9 * MINUTE)
    await act(ada, "pause", schedule, NOW - 8 * MINUTE)
    assert (await world.claim(schedule, now=NOW - 7 * MINUTE))["reason"] == "paused"
    back = (await act(ada, "resume", schedule, NOW - 6 * MINUTE))["schedule"]
    assert (await world.claim(schedule, claim_id="again"))["outcome"] == "duplicate"
    assert (await world.advance(back, NOW + HOUR))["outcome"] == "advanced"
    assert await world.ledger(schedule) == [(NOW, "skipped", "paused")]


async def test_resuming_without_a_future_is_refused(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await act(ada, "pause", schedule, NOW)
    with refused(409, "finished"):
        await act(ada, "resume", schedule, NOW, None)


async def test_a_finished_schedule_can_neither_be_paused_nor_resumed(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, max_runs=1)
    await world.claim(schedule)
    await world.advance(schedule, NOW + HOUR)
    assert (await act(ada, "pause", schedule, NOW))["outcome"] == "unchanged"
    with refused(409, "finished"):
        await act(ada, "resume", schedule, NOW, NOW + HOUR)


async def test_a_paused_schedule_comes_out_of_the_bin_paused(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await act(ada, "pause", schedule, NOW - HOUR)
    await act(ada, "delete", schedule, NOW - HOUR)
    restored = (await act(ada, "restore", schedule, NOW - MINUTE))["schedule"]
    assert (restored["is_active"], restored["next_run_at"], restored["deleted_at"]) == (False, None, None)
    assert await world.ledger(schedule) == [(NOW, "skipped", "paused")]


async def test_a_schedule_restored_after_its_end_is_finished(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await act(ada, "delete", schedule, NOW - HOUR)
    restored = (await act(ada, "restore", schedule, NOW, None))["schedule"]
    assert (restored["is_active"], restored["finished_at"] is not None) == (False, True)


@pytest.mark.parametrize("verb", ["pause", "resume"])
async def test_a_schedule_in_the_bin_can_neither_be_paused_nor_resumed(world: World, verb: str) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await act(ada, "delete", schedule, NOW - HOUR)
    with refused(404, "schedule_not_found"):
        await act(ada, verb, schedule, NOW)


async def test_every_change_by_a_person_leaves_one_line_in_the_log(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    for verb in ("pause", "pause", "resume", "delete", "restore"):
        await act(ada, verb, schedule, NOW - MINUTE)
    await ada.call(
        "update_schedule", schedule_id=schedule["id"], revision=5, changes={"settings": {"prompt": "secret"}},
        next_run_at=NOW, late_at=NOW + HOUR, now=NOW,
    )  # fmt: skip
    await world.run_now(schedule)
    log = await world.owner.fetch("select action, user_id, detail from app.audit_log order by at, action")
    assert sorted(it["action"] for it in log) == [
        "run.request", "schedule.create", "schedule.delete", "schedule.pause", "schedule.restore", "schedule.resume",
        "schedule.update",
    ]  # fmt: skip
    assert {str(it["user_id"]) for it in log} == {ada.id}
    assert [it["detail"] for it in log if it["action"] == "schedule.update"] == [{"fields": ["settings"]}]
