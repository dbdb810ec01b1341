"""update_schedule: what an edit does to the occurrence that is waited for."""

from datetime import datetime

import pytest

from tests.sql.callers import Person, Row
from tests.sql.world import HOUR, MINUTE, NOW, World, at, refused

RULE = {"frequency": "3hours"}


async def update(
    person: Person,
    schedule: Row,
    changes: Row,
    next_run_at: datetime | None = NOW + 3 * HOUR,
    *,
    now: datetime = NOW - HOUR,
    revision: int | None = None,
    late_after: object = HOUR,
) -> Row:
    return await person.call(
        "update_schedule",
        schedule_id=schedule["id"],
        revision=schedule["revision"] if revision is None else revision,
        changes=changes,
        next_run_at=next_run_at,
        late_at=next_run_at and next_run_at + late_after,
        now=now,
    )


async def test_a_new_rule_supersedes_the_coming_occurrence(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.arm(schedule, "msg 1")
    updated = await update(ada, schedule, RULE)
    assert (updated["outcome"], updated["superseded_message_id"]) == ("updated", "msg 1")
    after = updated["schedule"]
    assert (after["frequency"], after["revision"], after["armed_for"]) == ("3hours", 2, None)
    assert at(after["next_run_at"]) == NOW + 3 * HOUR
    assert await world.ledger(schedule) == [(NOW, "skipped", "superseded")]
    assert (await world.claim(schedule))["outcome"] == "duplicate"


async def test_name_prompt_and_priority_touch_neither_revision_nor_occurrence(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.arm(schedule, "msg 1")
    changes = {"name": "Evening", "settings": {"prompt": "tea"}, "priority": 7, "content_type": "blog_post"}
    updated = await update(ada, schedule, changes)
    assert (updated["outcome"], updated["superseded_message_id"]) == ("updated", None)
    after = updated["schedule"]
    assert {name: after[name] for name in changes} == changes
    assert (after["revision"], after["armed_message_id"]) == (1, "msg 1")
    assert (after["next_run_at"], after["late_at"]) == (schedule["next_run_at"], schedule["late_at"])
    assert await world.ledger(schedule) == []


async def test_a_rule_written_again_as_it_is_changes_nothing(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, time_of_day="09:00", lead_time="PT1M")
    same = {"frequency": "hourly", "time_of_day": "09:00:00", "lead_time": 60, "anchor_at": NOW, "name": "Morning post"}
    updated = await update(ada, schedule, same)
    assert (updated["outcome"], updated["schedule"]) == ("unchanged", schedule)


async def test_an_edit_repeated_because_its_answer_was_lost_is_unchanged(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    first = await update(ada, schedule, RULE)
    again = await update(ada, schedule, RULE)
    assert (again["outcome"], again["schedule"]) == ("unchanged", first["schedule"])


async def test_an_edit_of_what_has_changed_since_is_a_conflict(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await update(ada, schedule, RULE)
    with refused(409, "revision_conflict"):
        await update(ada, schedule, {"frequency": "6hours"})
    with refused(409, "revision_conflict"):
        await update(ada, schedule, {"name": "Other"})


async def test_an_occurrence_already_due_and_not_begun_is_kept(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.arm(schedule, "msg 1")
    updated = await update(ada, schedule, RULE, now=NOW + MINUTE)
    after = updated["schedule"]
    assert (updated["superseded_message_id"], after["revision"], after["armed_message_id"]) == (None, 2, "msg 1")
    assert (after["next_run_at"], after["late_at"]) == (schedule["next_run_at"], schedule["late_at"])
    assert (await world.claim(schedule, now=NOW + MINUTE))["outcome"] == "claimed"
    assert (await world.advance(after, NOW + 3 * HOUR))["outcome"] == "advanced"


async def test_an_occurrence_already_begun_stays_and_the_new_rule_applies(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    run = (await world.claim(schedule))["run"]
    updated = await update(ada, schedule, RULE, now=NOW + MINUTE)
    assert at(updated["schedule"]["next_run_at"]) == NOW + 3 * HOUR
    assert (await world.finish(run))["outcome"] == "succeeded"
    assert await world.ledger(schedule) == [(NOW, "succeeded", None)]


async def test_a_rule_that_still_means_the_same_next_occurrence_keeps_its_message(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await world.arm(schedule, "msg 1")
    updated = await update(ada, schedule, {"ends_at": NOW + 24 * HOUR}, NOW, late_after=2 * HOUR)
    after = updated["schedule"]
    assert (after["revision"], after["armed_message_id"], updated["superseded_message_id"]) == (2, "msg 1", None)
    assert (at(after["next_run_at"]), at(after["late_at"])) == (NOW, NOW + 2 * HOUR)
    assert await world.ledger(schedule) == []


async def test_an_occurrence_edited_away_and_back_is_opened_again_and_runs_once(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    away = (await update(ada, schedule, RULE, now=NOW - 20 * MINUTE))["schedule"]
    assert await world.ledger(schedule) == [(NOW, "skipped", "superseded")]
    back = await update(ada, away, {"frequency": "hourly"}, NOW, now=NOW - 10 * MINUTE)
    assert at(back["schedule"]["next_run_at"]) == NOW
    assert await world.ledger(schedule) == [(NOW + 3 * HOUR, "skipped", "superseded")]
    claims = [await world.claim(schedule, claim_id=str(n)) for n in range(2)]
    assert [it["outcome"] for it in claims] == ["claimed", "in_progress"]


async def test_a_paused_schedule_takes_a_new_rule_and_stays_paused(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    paused = (await ada.call("pause_schedule", schedule_id=schedule["id"], now=NOW - HOUR))["schedule"]
    after = (await update(ada, paused, RULE))["schedule"]
    assert (after["revision"], after["is_active"], after["next_run_at"]) == (3, False, None)
    assert await world.ledger(schedule) == [(NOW, "skipped", "paused")]


@pytest.mark.parametrize(
    ("changes", "next_run_at"),
    [({"ends_at": NOW - MINUTE}, NOW + HOUR), (RULE, None)],
    ids=["ends before", "none left"],
)
async def test_a_rule_without_a_future_finishes_the_schedule(
    world: World, changes: Row, next_run_at: datetime | None
) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    after = (await update(ada, schedule, changes, next_run_at))["schedule"]
    assert (after["is_active"], after["finished_at"] is not None, after["next_run_at"]) == (False, True, None)
    assert await world.ledger(schedule) == [(NOW, "skipped", "superseded")]


async def test_a_finished_schedule_whose_rule_gets_a_future_goes_on(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada, max_runs=1)
    await world.claim(schedule)
    finished = (await world.advance(schedule, NOW + HOUR))["schedule"]
    still = (await update(ada, finished, RULE, NOW + 3 * HOUR, now=NOW + MINUTE))["schedule"]
    assert still["finished_at"] is not None, "max_runs is still used up"
    after = (await update(ada, still, {"max_runs": 2}, NOW + 3 * HOUR, now=NOW + MINUTE))["schedule"]
    assert (after["is_active"], after["finished_at"]) == (True, None)
    assert at(after["next_run_at"]) == NOW + 3 * HOUR


async def test_another_lateness_limit_counts_for_the_occurrence_that_is_waited_for(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    after = (await update(ada, schedule, {"lateness_limit": "PT2H"}, NOW, late_after=2 * HOUR))["schedule"]
    assert (at(after["late_at"]), after["revision"]) == (NOW + 2 * HOUR, 1)


async def test_another_lateness_limit_computed_for_another_occurrence_is_only_stored(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    after = (await update(ada, schedule, {"lateness_limit": "PT2H"}, NOW + HOUR))["schedule"]
    assert (after["late_at"], after["lateness_limit"]) == (schedule["late_at"], 7200)


async def test_a_schedule_in_the_bin_cannot_be_edited(world: World) -> None:
    ada = await world.person()
    schedule = await world.schedule(ada)
    await ada.call("delete_schedule", schedule_id=schedule["id"], now=NOW - HOUR)
    with refused(404, "schedule_not_found"):
        await update(ada, schedule, RULE, revision=2)
