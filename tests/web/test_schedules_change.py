"""Changing, stopping and removing schedules, through the front door."""

from datetime import timedelta

import pytest

from tests.web.client import Client


async def test_a_new_time_moves_the_next_run_and_tells_what_became_of_the_old_one(ada: Client) -> None:
    schedule = await ada.create()
    changed = await ada.update(schedule, timeOfDay="10:00")
    assert changed["nextRunAt"] == "2026-11-21T04:00:00Z"
    assert (changed["revision"], changed["armed"]["isArmed"]) == (2, True)
    (run,) = await ada.runs(schedule["id"])
    assert (run["status"], run["reason"], run["dueAt"]) == ("skipped", "superseded", "2026-11-21T06:00:00Z")


async def test_name_settings_and_priority_leave_next_run_message_and_revision_alone(ada: Client) -> None:
    schedule = await ada.create()
    changed = await ada.update(
        schedule, name="Coffee", settings={"topic": "coffee"}, priority=9, contentType="x_thread"
    )
    for same in ("revision", "nextRunAt", "lateAt", "armed"):
        assert changed[same] == schedule[same]
    assert (changed["name"], changed["settings"], changed["priority"]) == ("Coffee", {"topic": "coffee"}, 9)
    assert await ada.runs(schedule["id"]) == []


async def test_what_is_left_out_stays_and_null_clears(ada: Client) -> None:
    schedule = await ada.create(endsAt="2027-01-01T00:00:00Z", maxRuns=9, latenessLimit="PT1H")
    changed = await ada.update(schedule, endsAt=None)
    assert (changed["endsAt"], changed["maxRuns"], changed["latenessLimit"]) == (None, 9, "PT1H")
    cleared = await ada.update(changed, maxRuns=None, latenessLimit=None)
    assert (cleared["maxRuns"], cleared["latenessLimit"], cleared["lateAt"]) == (None, None, "2026-11-21T07:30:00Z")


@pytest.mark.parametrize("field", ["name", "frequency", "timezone", "priority", "leadTime", "settings", "contentType"])
async def test_what_a_schedule_cannot_be_without_cannot_be_cleared(ada: Client, field: str) -> None:
    schedule = await ada.create()
    body = {"scheduleId": schedule["id"], "revision": 1, field: None}
    assert (await ada.refused(422, "/api/schedule/update", body))["details"]["field"] == field


async def test_another_frequency_drops_what_only_the_old_one_had(ada: Client) -> None:
    weekly = await ada.create(frequency="weekly", weekday=3)
    monthly = await ada.update(weekly, frequency="monthly")
    assert (monthly["weekday"], monthly["dayOfMonth"]) == (None, 21)
    custom = await ada.update(monthly, frequency="custom", rrule="FREQ=DAILY;INTERVAL=2")
    assert (custom["dayOfMonth"], custom["rrule"]) == (None, "FREQ=DAILY;INTERVAL=2")
    hourly = await ada.update(custom, frequency="hourly")
    assert (hourly["rrule"], hourly["nextRunAt"]) == (None, "2026-11-21T04:00:00Z")


async def test_an_edit_that_is_not_of_the_times_keeps_the_grid(ada: Client) -> None:
    """Created at 12:04 without a time of day: the grid lies at :04, also for edits made at other minutes."""
    schedule = await ada.create(frequency="6hours", timeOfDay=None)
    assert schedule["nextRunAt"] == "2026-11-21T09:04:00Z"
    changed = await ada.update(schedule, endsAt="2027-01-01T00:00:00Z", maxRuns=100)
    assert changed["nextRunAt"] == schedule["nextRunAt"]


async def test_an_update_over_somebody_elses_is_refused_with_the_present_revision(ada: Client) -> None:
    schedule = await ada.create()
    await ada.update(schedule, timeOfDay="10:00")
    body = {"scheduleId": schedule["id"], "revision": 1, "timeOfDay": "11:00"}
    error = await ada.refused(409, "/api/schedule/update", body)
    assert (error["code"], error["details"]) == ("revision_conflict", {"revision": 2})


async def test_an_update_that_changes_nothing_is_fine_whatever_the_revision(ada: Client) -> None:
    schedule = await ada.create()
    await ada.update(schedule, timeOfDay="10:00")
    again = await ada.post("/api/schedule/update", {"scheduleId": schedule["id"], "revision": 1, "timeOfDay": "10:00"})
    assert (again["outcome"], again["schedule"]["revision"]) == ("unchanged", 2)


async def test_a_paused_schedule_waits_for_nothing_and_resumes_with_the_next_occurrence(ada: Client) -> None:
    schedule = await ada.create()
    paused = (await ada.post("/api/schedule/pause", {"scheduleId": schedule["id"]}))["schedule"]
    assert (paused["status"], paused["nextRunAt"], paused["armed"]["isArmed"]) == ("paused", None, False)
    (run,) = await ada.runs(schedule["id"])
    assert (run["status"], run["reason"]) == ("skipped", "paused")
    resumed = (await ada.post("/api/schedule/resume", {"scheduleId": schedule["id"]}))["schedule"]
    assert (resumed["status"], resumed["nextRunAt"]) == ("active", schedule["nextRunAt"])
    assert await ada.runs(schedule["id"]) == []


@pytest.mark.parametrize(("verb", "first"), [("pause", "paused"), ("delete", "deleted")])
async def test_stopping_twice_is_stopping_once(ada: Client, verb: str, first: str) -> None:
    named = {"scheduleId": (await ada.create())["id"]}
    assert (await ada.post(f"/api/schedule/{verb}", named))["outcome"] == first
    again = await ada.post(f"/api/schedule/{verb}", named)
    assert (again["outcome"], again["schedule"]["revision"]) == ("unchanged", 2)


async def test_a_deleted_schedule_comes_back_as_it_was(ada: Client) -> None:
    named = {"scheduleId": (await ada.create())["id"]}
    deleted = (await ada.post("/api/schedule/delete", named))["schedule"]
    assert (deleted["status"], deleted["nextRunAt"]) == ("deleted", None)
    restored = (await ada.post("/api/schedule/restore", named))["schedule"]
    assert (restored["status"], restored["nextRunAt"]) == ("active", "2026-11-21T06:00:00Z")
    await ada.post("/api/schedule/pause", named)
    await ada.post("/api/schedule/delete", named)
    assert (await ada.post("/api/schedule/restore", named))["schedule"]["status"] == "paused"


async def test_a_deleted_schedule_cannot_be_changed_paused_or_resumed(ada: Client) -> None:
    named = {"scheduleId": (await ada.create())["id"]}
    await ada.post("/api/schedule/delete", named)
    await ada.refused(404, "/api/schedule/pause", named)
    await ada.refused(404, "/api/schedule/resume", named)
    await ada.refused(404, "/api/schedule/update", {**named, "revision": 2, "name": "x"})


async def test_settings_are_replaced_as_a_whole(ada: Client) -> None:
    schedule = await ada.create(settings={"topic": "tea", "voice": "calm"})
    assert (await ada.update(schedule, settings={"voice": "loud"}))["settings"] == {"voice": "loud"}


@pytest.mark.parametrize("change", ["pause", "delete"])
async def test_stopping_after_an_outage_leaves_no_due_time_without_its_row(ada: Client, change: str) -> None:
    schedule = await ada.create()
    coming = (await ada.post("/api/schedule/preview", {"n": 4, **rule_of(schedule)}))["occurrences"]
    ada.stack.clock.advance(by=timedelta(hours=11))  # nobody came: no message, no sweep
    await ada.sign_in_again()
    await ada.post(f"/api/schedule/{change}", {"scheduleId": schedule["id"]})
    runs = (await ada.get(f"/api/schedules/{schedule['id']}/runs"))["runs"]
    due = [occurrence["at"] for occurrence in coming if occurrence["at"] <= ada.stack.clock.now().isoformat()]
    assert [run["dueAt"] for run in reversed(runs)][: len(due)] == due
    assert {run["status"] for run in runs} <= {"missed", "skipped"}
    assert len(due) >= 3


def rule_of(schedule: dict[str, object]) -> dict[str, object]:
    return {name: schedule[name] for name in ("contentType", "frequency", "timeOfDay", "timezone")}
