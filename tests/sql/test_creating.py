"""create_schedule: keys, limits, and what a person may write."""

import uuid

import pytest

from tests.sql.callers import Person, Row
from tests.sql.world import FIELDS, HOUR, MINUTE, NOW, World, at, refused


async def create(person: Person, **changed: object) -> Row:
    arguments: Row = {
        "schedule_id": str(uuid.uuid4()), "workspace_id": None, "fields": FIELDS, "next_run_at": NOW,
        "late_at": NOW + HOUR, "key": None, "request_hash": None, "now": NOW - HOUR,
    }  # fmt: skip
    return await person.call("create_schedule", **{**arguments, **changed})


async def test_a_schedule_is_created_in_the_persons_own_workspace_and_waits(world: World) -> None:
    ada = await world.person()
    wanted = {**FIELDS, "time_of_day": "09:00", "lateness_limit": "PT6H", "lead_time": 90, "priority": 9, "max_runs": 3}
    created = await create(ada, fields=wanted)
    assert created["outcome"] == "created"
    schedule = created["schedule"]
    assert (schedule["workspace_id"], schedule["created_by"]) == (ada.id, ada.id)
    assert (at(schedule["next_run_at"]), at(schedule["late_at"])) == (NOW, NOW + HOUR)
    assert (schedule["time_of_day"], schedule["lateness_limit"], schedule["lead_time"]) == ("09:00:00", 21600, 90)
    assert (schedule["priority"], schedule["max_runs"], schedule["revision"]) == (9, 3, 1)
    assert (schedule["is_active"], schedule["armed_for"], schedule["run_count"]) == (True, None, 0)
    assert (schedule["parallelism"], schedule["workspace_paused_at"]) == (20, None)
    assert schedule["settings"] == {"prompt": "coffee"}
    assert "request_hash" not in schedule


async def test_what_is_left_out_has_its_default(world: World) -> None:
    schedule = (await create(await world.person()))["schedule"]
    assert (schedule["lateness_limit"], schedule["lead_time"], schedule["priority"]) == (None, 0, 5)


async def test_the_same_key_and_request_gives_the_schedule_as_it_is_now(world: World) -> None:
    ada = await world.person()
    first = await create(ada, key="k", request_hash="h")
    await ada.call("pause_schedule", schedule_id=first["schedule"]["id"], now=NOW - MINUTE)
    again = await create(ada, key="k", request_hash="h")
    assert (again["outcome"], again["schedule"]["id"]) == ("repeated", first["schedule"]["id"])
    assert again["schedule"]["is_active"] is False


async def test_a_key_that_was_used_for_another_request_is_refused(world: World) -> None:
    ada = await world.person()
    await create(ada, key="k", request_hash="h")
    with refused(422, "idempotency_mismatch"):
        await create(ada, key="k", request_hash="other")


async def test_a_call_repeated_because_its_answer_was_lost_creates_nothing_new(world: World) -> None:
    ada = await world.person()
    schedule_id = str(uuid.uuid4())
    first = await create(ada, schedule_id=schedule_id)
    assert await create(ada, schedule_id=schedule_id) == {**first, "outcome": "repeated"}


async def test_two_people_may_use_the_same_key(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    first = await create(ada, key="k", request_hash="h")
    second = await create(bob, key="k", request_hash="h")
    assert (first["outcome"], second["outcome"]) == ("created", "created")


async def test_the_plan_limits_schedules_that_are_not_deleted(world: World) -> None:
    ada = await world.person(plan="free")
    ids = [(await create(ada))["schedule"]["id"] for _ in range(5)]
    with refused(403, "plan_limit"):
        await create(ada)
    await ada.call("delete_schedule", schedule_id=ids[0], now=NOW)
    assert (await create(ada))["outcome"] == "created"
    with refused(403, "plan_limit"):
        await ada.call("restore_schedule", schedule_id=ids[0], next_run_at=NOW + HOUR, late_at=NOW + 2 * HOUR, now=NOW)


async def test_a_repeated_creation_is_answered_although_the_plan_is_full(world: World) -> None:
    ada = await world.person(plan="free")
    for n in range(5):
        await create(ada, key=str(n), request_hash="h")
    assert (await create(ada, key="4", request_hash="h"))["outcome"] == "repeated"


async def test_a_schedule_that_would_never_run_is_refused(world: World) -> None:
    ada = await world.person()
    with refused(409, "finished"):
        await create(ada, next_run_at=None, late_at=None)
    with refused(409, "finished"):
        await create(ada, fields={**FIELDS, "ends_at": NOW - MINUTE})


@pytest.mark.parametrize("field", ["workspace_id", "revision", "next_run_at", "total_generated", "colour"])
async def test_only_what_a_person_may_write_is_written(world: World, field: str) -> None:
    ada = await world.person()
    with pytest.raises(Exception, match=f"unknown field {field}"):
        await create(ada, fields={**FIELDS, field: 1})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weekday", 8), ("weekday", 0), ("day_of_month", 32), ("priority", 10), ("max_runs", 0), ("name", ""),
        ("name", None), ("lead_time", -1), ("lateness_limit", 0), ("settings", []), ("frequency", "minutely"),
        ("settings", {"prompt": "x" * 65_536}),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(world: World, field: str, value: object) -> None:
    ada = await world.person()
    with pytest.raises(Exception, match=r"violates|invalid input"):
        await create(ada, fields={**FIELDS, field: value})
    assert (await ada.call("list_schedules", workspace_id=None, include_deleted=True, after=None, limit=9)) == {
        "schedules": [],
        "more": False,
    }


async def test_an_editor_may_create_in_anothers_workspace_and_a_viewer_may_not(world: World) -> None:
    ada, bob, eve = [await world.person() for _ in range(3)]
    await world.join(ada.id, bob, "editor")
    await world.join(ada.id, eve, "viewer")
    assert (await create(bob, workspace_id=ada.id))["schedule"]["workspace_id"] == ada.id
    with refused(403, "role"):
        await create(eve, workspace_id=ada.id)
