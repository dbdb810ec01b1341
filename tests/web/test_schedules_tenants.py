"""Nobody sees or touches what belongs to another workspace, and a viewer only looks."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from tests.web.client import Client

NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def theirs(ada: Client) -> dict[str, Any]:
    """Ada's ids, which bob knows but may not use."""
    schedule = await ada.create()
    run = (await ada.post("/api/schedule/run", {"scheduleId": schedule["id"]}))["run"]
    return {"schedule": schedule["id"], "run": run["id"], "content": run["contents"][0]["id"]}


@pytest.mark.parametrize("verb", ["pause", "resume", "delete", "restore", "run"])
async def test_anothers_schedule_looks_like_one_that_is_not_there(
    ada: Client, bob: Client, theirs: dict[str, Any], verb: str
) -> None:
    real = await bob.refused(404, f"/api/schedule/{verb}", {"scheduleId": theirs["schedule"]})
    invented = await bob.refused(404, f"/api/schedule/{verb}", {"scheduleId": NOBODYS})
    assert real == invented
    assert (await ada.schedule(theirs["schedule"]))["revision"] == 1


async def test_anothers_schedule_cannot_be_changed(ada: Client, bob: Client, theirs: dict[str, Any]) -> None:
    body = {"scheduleId": theirs["schedule"], "revision": 1, "name": "mine now"}
    assert (await bob.refused(404, "/api/schedule/update", body))["code"] == "schedule_not_found"
    assert (await ada.schedule(theirs["schedule"]))["name"] == "Tea"


async def test_anothers_text_can_be_neither_approved_nor_rejected(
    ada: Client, bob: Client, theirs: dict[str, Any]
) -> None:
    for verb in ("approve", "reject"):
        real = await bob.refused(404, f"/api/content/{verb}", {"contentId": theirs["content"]})
        assert real == await bob.refused(404, f"/api/content/{verb}", {"contentId": NOBODYS})
    assert (await ada.get(f"/api/contents/{theirs['content']}"))["content"]["status"] == "draft"


async def test_nothing_is_queued_for_anothers_schedule_or_workspace(
    ada: Client, bob: Client, theirs: dict[str, Any]
) -> None:
    wish = {"action": "generate_content"}
    real = await bob.refused(404, "/api/automation/workflow", {**wish, "scheduleId": theirs["schedule"]})
    assert real == await bob.refused(404, "/api/automation/workflow", {**wish, "scheduleId": NOBODYS})
    workspace_id = (await ada.workspace())["id"]
    await bob.refused(404, "/api/automation/workflow", {**wish, "workspaceId": workspace_id})
    assert len(await ada.runs(theirs["schedule"])) == 1


async def test_anothers_limits_and_alerts_look_like_ones_that_are_not_there(ada: Client, bob: Client) -> None:
    workspace_id = (await ada.workspace())["id"]
    schedule = await ada.create(frequency="hourly", timeOfDay="00:00", dailyCostCapMicroUsd=1)
    await ada.stack.advance(timedelta(hours=1))
    await ada.sign_in_again()
    await bob.sign_in_again()
    (alert,) = (await ada.get("/api/alerts"))["alerts"]
    assert alert["scheduleId"] == schedule["id"]
    assert (await bob.get("/api/alerts"))["alerts"] == []
    await bob.refused(404, f"/api/alerts?workspaceId={workspace_id}")
    real = await bob.refused(404, "/api/alert/resolve", {"alertId": alert["id"]})
    assert real == await bob.refused(404, "/api/alert/resolve", {"alertId": NOBODYS})
    caps = {"dailyCostCapMicroUsd": 1, "monthlyCostCapMicroUsd": 1}
    real = await bob.refused(404, "/api/workspace/caps", {"workspaceId": workspace_id, **caps})
    assert real == await bob.refused(404, "/api/workspace/caps", {"workspaceId": NOBODYS, **caps})
    assert (await ada.workspace())["dailyCostCapMicroUsd"] is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/schedules/{schedule}",
        "/api/schedules/{schedule}/runs",
        "/api/runs/{run}",
        "/api/contents/{content}",
        "/api/contents?scheduleId={schedule}",
    ],
)
async def test_anothers_things_cannot_be_read(ada: Client, bob: Client, theirs: dict[str, Any], path: str) -> None:
    await ada.get(path.format(**theirs))
    real = await bob.refused(404, path.format(**theirs))
    invented = await bob.refused(404, path.format(schedule=NOBODYS, run=NOBODYS, content=NOBODYS))
    assert real == invented


async def test_anothers_workspace_can_be_neither_listed_nor_written_to_nor_forecast(ada: Client, bob: Client) -> None:
    workspace_id = (await ada.workspace())["id"]
    for path in ("/api/schedules", "/api/contents"):
        await bob.refused(404, f"{path}?workspaceId={workspace_id}")
    wish = {"name": "x", "contentType": "x_post", "frequency": "hourly", "workspaceId": workspace_id}
    await bob.refused(404, "/api/schedule/create", wish)
    await bob.refused(404, "/api/schedule/preview", {"frequency": "hourly", "workspaceId": workspace_id})


async def test_lists_hold_ones_own_things_only(ada: Client, bob: Client, theirs: dict[str, Any]) -> None:
    assert (await bob.get("/api/schedules"))["schedules"] == []
    assert (await bob.get("/api/contents"))["contents"] == []
    assert (await bob.workspace())["id"] != (await ada.workspace())["id"]
    mine = await bob.create()
    page = await ada.get("/api/schedules", limit=1)
    assert mine["id"] not in [schedule["id"] for schedule in page["schedules"]]


async def test_a_viewer_sees_everything_and_changes_nothing(ada: Client, bob: Client, theirs: dict[str, Any]) -> None:
    workspace_id = (await ada.workspace())["id"]
    viewer_id = (await bob.get("/api/session"))["userId"]
    await add_member(bob, workspace_id, viewer_id, "viewer")
    assert (await bob.get(f"/api/schedules/{theirs['schedule']}"))["role"] == "viewer"
    assert (await bob.get("/api/schedules", workspaceId=workspace_id))["schedules"]
    await bob.get(f"/api/contents/{theirs['content']}")
    named = {"scheduleId": theirs["schedule"]}
    for verb in ("pause", "resume", "delete", "restore", "run"):
        assert (await bob.refused(403, f"/api/schedule/{verb}", named))["code"] == "role"
    await bob.refused(403, "/api/schedule/update", {**named, "revision": 1, "name": "mine now"})
    wish = {"name": "x", "contentType": "x_post", "frequency": "hourly", "workspaceId": workspace_id}
    await bob.refused(403, "/api/schedule/create", wish)
    for verb in ("approve", "reject"):
        await bob.refused(403, f"/api/content/{verb}", {"contentId": theirs["content"]})
    await bob.refused(403, "/api/automation/workflow", {"action": "generate_content", **named})
    caps = {"workspaceId": workspace_id, "dailyCostCapMicroUsd": 1, "monthlyCostCapMicroUsd": 1}
    await bob.refused(403, "/api/workspace/caps", caps)


async def test_an_editor_works_in_the_workspace(ada: Client, bob: Client, theirs: dict[str, Any]) -> None:
    workspace_id = (await ada.workspace())["id"]
    await add_member(bob, workspace_id, (await bob.get("/api/session"))["userId"], "editor")
    named = {"scheduleId": theirs["schedule"]}
    assert (await bob.post("/api/schedule/pause", named))["outcome"] == "paused"
    assert (await bob.post("/api/schedule/run", named))["run"]["status"] == "succeeded"
    made = await bob.create(workspaceId=workspace_id)
    assert (await ada.schedule(made["id"]))["workspaceId"] == workspace_id
    assert (await bob.post("/api/content/reject", {"contentId": theirs["content"]}))["outcome"] == "rejected"
    caps = {"workspaceId": workspace_id, "dailyCostCapMicroUsd": 1, "monthlyCostCapMicroUsd": 1}
    await bob.refused(403, "/api/workspace/caps", caps)


async def add_member(client: Client, workspace_id: str, user_id: str, role: str) -> None:
    """Inviting has no door yet."""
    assert client.stack.database is not None
    connection = await asyncpg.connect(client.stack.database.owner)
    try:
        await connection.execute(
            "insert into app.members (workspace_id, user_id, role, created_at) values ($1, $2, $3, $4)",
            workspace_id,
            user_id,
            role,
            client.stack.clock.now(),
        )
    finally:
        await connection.close()
