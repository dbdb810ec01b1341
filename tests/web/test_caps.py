"""Limits on money that people set: nothing that could cost more begins, and somebody is told."""

from datetime import timedelta
from typing import Any

import pytest

from tests.web.client import Client

CAPS = "/api/workspace/caps"
SMALL = 1_000  # less than any run could cost


def caps(daily: int | None = None, monthly: int | None = None, **more: object) -> dict[str, object]:
    return {"dailyCostCapMicroUsd": daily, "monthlyCostCapMicroUsd": monthly, **more}


async def alerts(client: Client) -> Any:
    return (await client.get("/api/alerts"))["alerts"]


async def test_an_owner_sets_the_workspaces_limits_and_takes_them_away(ada: Client) -> None:
    workspace = await ada.workspace()
    assert caps(*(workspace[name] for name in caps())) == caps()
    done = await ada.post(CAPS, caps(400_000, 2_000_000))
    assert done == {"outcome": "set", "workspace": {"id": workspace["id"], **caps(400_000, 2_000_000)}}
    assert (await ada.post(CAPS, caps(400_000, 2_000_000)))["outcome"] == "unchanged"
    assert (await ada.workspace())["dailyCostCapMicroUsd"] == 400_000
    assert (await ada.post(CAPS, caps()))["workspace"] == {"id": workspace["id"], **caps()}


async def test_a_run_now_that_could_cost_more_is_refused_with_the_limit(ada: Client) -> None:
    schedule = await ada.create(dailyCostCapMicroUsd=SMALL)
    assert schedule["dailyCostCapMicroUsd"] == SMALL
    error = await ada.refused(429, "/api/schedule/run", {"scheduleId": schedule["id"]})
    assert error["code"] == "budget"
    details = error["details"]
    assert (details["cap"], details["limitMicroUsd"], details["usedMicroUsd"]) == ("schedule_day", SMALL, 0)
    assert details["neededMicroUsd"] > SMALL
    await ada.update(schedule, dailyCostCapMicroUsd=None)
    await ada.post("/api/schedule/run", {"scheduleId": schedule["id"]})


async def test_a_tripped_limit_leaves_a_row_and_one_alert_and_the_schedule_goes_on(ada: Client) -> None:
    schedule = await ada.create(frequency="hourly", timeOfDay="00:00")
    await ada.post(CAPS, caps(daily=SMALL))
    await ada.stack.advance(timedelta(hours=2))
    await ada.sign_in_again()
    runs = await ada.runs(schedule["id"])
    assert [(run["status"], run["reason"]) for run in runs] == [("skipped", "budget")] * 2
    (error,) = runs[0]["errors"]
    assert (error["code"], error["cap"], error["limitMicroUsd"]) == ("cap", "workspace_day", SMALL)
    assert (error["limit"], error["turnsAt"]) == (None, None), "no day has room for a single run"
    (alert,) = await alerts(ada)
    assert (alert["kind"], alert["count"], alert["resolvedAt"]) == ("budget_tripped", 2, None)
    assert (alert["details"]["cap"], alert["details"]["limitMicroUsd"]) == ("workspace_day", SMALL)
    resolved = await ada.post("/api/alert/resolve", {"alertId": alert["id"]})
    assert resolved["alert"]["resolvedAt"] is not None
    assert await ada.post("/api/alert/resolve", {"alertId": alert["id"]}) == resolved
    await ada.post(CAPS, caps())
    await ada.stack.advance(timedelta(hours=1))
    await ada.sign_in_again()
    assert (await ada.runs(schedule["id"]))[0]["status"] == "succeeded"


@pytest.mark.parametrize("name", list(caps()))
@pytest.mark.parametrize("value", [0, -1, 10**12 + 1, 1.5, "5", True])
async def test_a_limit_that_is_none_is_named(anybody: Client, name: str, value: object) -> None:
    assert (await anybody.refused(422, CAPS, {**caps(), name: value}))["details"]["field"] == name
    create = {"name": "Tea", "contentType": "x_post", "frequency": "hourly", name: value}
    assert (await anybody.refused(422, "/api/schedule/create", create))["details"]["field"] == name


async def test_both_limits_have_to_be_said(anybody: Client) -> None:
    error = await anybody.refused(422, CAPS, {"dailyCostCapMicroUsd": 5})
    assert error["details"]["field"] == "monthlyCostCapMicroUsd"


async def test_alerts_are_asked_for_like_any_other_list(anybody: Client) -> None:
    assert (await anybody.refused(422, "/api/alerts?limit=0"))["details"]["field"] == "limit"
    assert (await anybody.refused(422, "/api/alerts?cursor=x"))["details"]["field"] == "cursor"
    assert (await anybody.refused(422, "/api/alert/resolve", {"alertId": "x"}))["details"]["field"] == "alertId"
