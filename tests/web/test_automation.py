"""Other programs have something written by and by: answered at once with the run that will."""

from datetime import timedelta

import pytest

from dev.models.script import Failing, Fault
from tests.web.client import Client

WORKFLOW = "/api/automation/workflow"
SOON = timedelta(seconds=5)


async def test_queued_work_is_answered_at_once_and_written_by_and_by(ada: Client) -> None:
    await ada.subscribe("team")
    schedule = await ada.create()
    asked = {
        "action": "generate_content",
        "scheduleId": schedule["id"],
        "count": 3,
        "quality": "premium",
        "priority": 9,
    }
    queued = await ada.post(WORKFLOW, asked, status=202)
    run = queued["run"]
    assert (run["status"], run["trigger"], run["startedAt"], queued["isRepeated"]) == (
        "retrying",
        "manual",
        None,
        False,
    )
    assert (run["itemCount"], run["quality"], run["priority"]) == (3, "premium", 9)
    await ada.stack.advance(SOON)
    done = (await ada.get(f"/api/runs/{run['id']}"))["run"]
    assert (done["status"], [it["item"] for it in done["contents"]]) == ("succeeded", [0, 1, 2])
    assert {it["model"] for it in done["contents"]} == {"anthropic/claude-opus-5-5"}
    assert (await ada.schedule(schedule["id"]))["nextRunAt"] == schedule["nextRunAt"]


async def test_the_same_key_is_answered_with_the_same_run(ada: Client) -> None:
    asked = {"action": "generate_content", "scheduleId": (await ada.create())["id"]}
    first = await ada.post(WORKFLOW, asked, key="once", status=202)
    await ada.stack.advance(SOON)
    again = await ada.post(WORKFLOW, asked, key="once", status=202)
    assert (again["run"]["id"], again["isRepeated"]) == (first["run"]["id"], True)
    assert again["run"]["status"] == "succeeded"
    assert len(await ada.runs(asked["scheduleId"])) == 1


async def test_the_schedule_may_be_left_out_while_there_is_only_one_active(ada: Client) -> None:
    asked = {"action": "generate_content"}
    assert (await ada.refused(422, WORKFLOW, asked))["details"]["field"] == "scheduleId"
    one, other = await ada.create(name="one"), await ada.create(name="other")
    assert (await ada.refused(422, WORKFLOW, asked))["details"]["field"] == "scheduleId"
    await ada.post("/api/schedule/pause", {"scheduleId": other["id"]})
    assert (await ada.post(WORKFLOW, asked, status=202))["run"]["scheduleId"] == one["id"]


async def test_as_many_retries_are_made_as_were_asked_for(ada: Client) -> None:
    asked = {"action": "generate_content", "scheduleId": (await ada.create())["id"], "retries": 0}
    await ada.stack.advance(SOON)  # nobody else's work takes what is meant for ours
    models = ada.stack.models
    for vendor in (models.anthropic, models.gemini, models.openai):
        vendor.script.fail(Fault(Failing.STATUS, 400))
    run = (await ada.post(WORKFLOW, asked, status=202))["run"]
    assert run["retries"] == 0
    await ada.stack.advance(timedelta(hours=1))
    await ada.sign_in_again()
    done = (await ada.get(f"/api/runs/{run['id']}"))["run"]
    assert (done["status"], done["attempt"]) == ("failed", 1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"action": "restart"}, "action"),
        ({"action": None}, "action"),
        ({"scheduleId": "1"}, "scheduleId"),
        ({"workspaceId": "1"}, "workspaceId"),
        ({"count": 0}, "count"),
        ({"count": 21}, "count"),
        ({"count": "3"}, "count"),
        ({"quality": "best"}, "quality"),
        ({"priority": 10}, "priority"),
        ({"retries": -1}, "retries"),
        ({"retries": 12}, "retries"),
        ({"payload": {"count": 3}}, "payload"),
    ],
)
async def test_what_cannot_be_asked_for_is_named(anybody: Client, fields: dict[str, object], field: str) -> None:
    error = await anybody.refused(422, WORKFLOW, {"action": "generate_content", **fields})
    assert error["details"]["field"] == field


async def test_a_batch_takes_a_place_of_the_days_quota_for_each_text(ada: Client) -> None:
    await ada.subscribe("creator")
    asked = {"action": "generate_content", "scheduleId": (await ada.create())["id"], "count": 3}
    await ada.post(WORKFLOW, asked, status=202)
    usage = (await ada.workspace())["usage"]
    assert (usage["runsToday"], usage["costMonthMicroUsd"]) == (3, usage["costTodayMicroUsd"])
