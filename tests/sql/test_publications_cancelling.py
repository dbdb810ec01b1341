"""What a pause, a deletion or an edit of the schedule does to what is on its way."""

import pytest

from tests.sql.callers import Row
from tests.sql.publishing import (
    NOT_TAKEN,
    Publishing,
    claimed,
    content_status,
    publishing,
    record,
    sending,
    settle,
    stored,
)
from tests.sql.world import HOUR, MINUTE, NOW, World


async def edit(here: Publishing, changes: Row, next_run_at: object) -> Row:
    row = await here.world.stored(here.schedule)
    return await here.person.call(
        "update_schedule", schedule_id=here.schedule["id"], revision=row["revision"], changes=changes,
        next_run_at=next_run_at, late_at=NOW + 100 * HOUR, now=NOW,
    )  # fmt: skip


async def ahead(here: Publishing) -> None:
    """The schedule waits for an occurrence that is far ahead, as it does once the last one is written."""
    await here.world.owner.execute(
        "update app.schedules set next_run_at = $2, late_at = $3 where id = $1",
        here.schedule["id"], NOW + 24 * HOUR, NOW + 25 * HOUR,
    )  # fmt: skip


async def test_a_pause_cancels_what_nobody_has_claimed_and_the_content_stays_a_draft(world: World) -> None:
    here = await publishing(world)
    (under_way,) = await here.write(NOW - MINUTE)
    (due,), (future,) = await here.write(NOW), await here.write(NOW + HOUR)
    await claimed(world, under_way)
    await here.person.call("pause_schedule", schedule_id=here.schedule["id"], now=NOW)
    for publication in (due, future):
        row = await stored(world, publication)
        assert (row["status"], row["reason"], row["finished_at"]) == ("cancelled", "paused", NOW)
        assert await content_status(world, publication) == "draft"
    assert (await stored(world, under_way))["status"] == "publishing"


async def test_what_failed_for_now_when_its_schedule_was_paused_does_not_wait_for_another_attempt(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    await here.person.call("pause_schedule", schedule_id=here.schedule["id"], now=NOW)
    settled = (await settle(world, row, {**NOT_TAKEN, "retry_at": NOW.isoformat()}))["publication"]
    assert (settled["status"], settled["reason"]) == ("cancelled", "paused")


async def test_a_deletion_cancels_also_what_a_person_asked_for(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW + HOUR)
    await here.person.call("void_publication", publication_id=publication["id"], now=NOW)
    await here.person.call("retry_publication", publication_id=publication["id"], confirm=False, now=NOW)
    await here.person.call("pause_schedule", schedule_id=here.schedule["id"], now=NOW)
    assert (await stored(world, publication))["status"] == "waiting", "a pause does not"
    await here.person.call("delete_schedule", schedule_id=here.schedule["id"], now=NOW)
    row = await stored(world, publication)
    assert (row["status"], row["reason"]) == ("cancelled", "deleted")


async def test_a_content_that_waited_for_a_yes_is_a_draft_after_a_pause_and_nobody_is_asked_any_more(
    world: World,
) -> None:
    here = await publishing(world)
    (publication,) = await here.write(
        NOW + HOUR, status="pending_approval", approve_by=NOW + 30 * MINUTE, on_deadline="publish"
    )
    await here.person.call("pause_schedule", schedule_id=here.schedule["id"], now=NOW)
    content = await world.owner.fetchrow(
        "select status, approve_by from app.contents where id = $1", publication["content_id"]
    )
    assert tuple(content) == ("draft", None)
    assert await world.owner.fetchval("select count(*) from app.alerts where resolved_at is null") == 0


async def test_an_edit_that_moves_the_schedule_cancels_what_is_still_ahead(world: World) -> None:
    here = await publishing(world)
    (due,), (future,) = await here.write(NOW), await here.write(NOW + HOUR)
    await ahead(here)
    await edit(here, {"frequency": "3hours"}, NOW + 2 * HOUR)
    assert (await stored(world, due))["status"] == "waiting", "its time was the old rule's, and has come"
    row = await stored(world, future)
    assert (row["status"], row["reason"]) == ("cancelled", "superseded")
    assert await content_status(world, future) == "draft"


async def test_a_thread_whose_beginning_is_out_is_not_superseded(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW)
    row = await sending(world, publication)
    await record(world, row, 0)
    await settle(world, row, {"status": "waiting", "publish_at": (NOW + HOUR).isoformat()})
    await ahead(here)
    await edit(here, {"frequency": "3hours"}, NOW + 2 * HOUR)
    assert (await stored(world, publication))["status"] == "waiting"


@pytest.mark.parametrize(
    ("changes", "next_run_at"), [({"name": "another"}, None), ({"max_runs": 900}, NOW + 24 * HOUR)]
)
async def test_an_edit_that_keeps_its_times_leaves_them_alone(world: World, changes: Row, next_run_at: object) -> None:
    here = await publishing(world)
    (future,) = await here.write(NOW + HOUR)
    await ahead(here)
    assert (await edit(here, changes, next_run_at))["outcome"] == "updated"
    assert (await stored(world, future))["status"] == "waiting"


async def test_what_was_cancelled_stays_so_when_the_schedule_goes_on_until_a_person_retries_it(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write(NOW + HOUR)
    await here.person.call("pause_schedule", schedule_id=here.schedule["id"], now=NOW)
    await here.person.call(
        "resume_schedule", schedule_id=here.schedule["id"], next_run_at=NOW + 9 * HOUR, late_at=NOW + 10 * HOUR, now=NOW
    )
    assert (await stored(world, publication))["status"] == "cancelled"
    retried = await here.person.call("retry_publication", publication_id=publication["id"], confirm=False, now=NOW)
    assert retried["publication"]["status"] == "waiting"
    assert await content_status(world, publication) == "pending_publish"
