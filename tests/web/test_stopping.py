"""The stop button at the doors: who may press it, what it answers, and that pressing it twice changes nothing."""

from typing import Any

import pytest

from tests.web.client import Client

STOP, RESUME, HELD = "/api/workspace/stop", "/api/workspace/resume", "/api/workspace/held"


async def test_a_workspace_stops_and_goes_on_once(ada: Client) -> None:
    await ada.create()
    stopped = await ada.post(STOP, {})
    assert (stopped["outcome"], stopped["workspace"]["pausedAt"]) == ("stopped", (await ada.workspace())["pausedAt"])
    assert stopped["workspace"]["pausedAt"] is not None
    assert await ada.post(STOP, {}) == {**stopped, "outcome": "unchanged"}
    went_on = await ada.post(RESUME, {"held": "catch_up"})
    assert (went_on["outcome"], went_on["workspace"]["pausedAt"]) == ("resumed", None)
    assert (await ada.post(RESUME, {"held": "skip"}))["outcome"] == "unchanged"
    assert (await ada.workspace())["pausedAt"] is None


async def test_nothing_is_run_by_hand_while_it_is_stopped(ada: Client) -> None:
    schedule = await ada.create()
    await ada.post(STOP, {})
    await ada.refused(409, "/api/schedule/run", {"scheduleId": schedule["id"]})
    await ada.post(RESUME, {"held": "skip"})
    assert (await ada.post("/api/schedule/run", {"scheduleId": schedule["id"]}))["run"]["status"] == "succeeded"


async def test_what_is_held_is_told_before_it_is_decided(ada: Client) -> None:
    schedule = await ada.create(frequency="hourly", timeOfDay="00:00")
    assert (await ada.get(HELD))["schedules"] == 0
    await ada.post(STOP, {})
    await ada.stack.advance(ada.stack.clock.now().replace(minute=59, second=59) - ada.stack.clock.now())
    assert (await ada.get(HELD))["schedules"] == 0
    await ada.stack.advance(ada.stack.clock.now().resolution * 5_000_000)
    held = await ada.get(HELD)
    assert (held["schedules"], held["runs"], held["publications"]) == (1, 0, 0)
    went_on = await ada.post(RESUME, {"held": "skip"})
    assert {name: went_on[name] for name in ("started", "skipped", "missed", "publications")} == {
        "started": 0,
        "skipped": 1,
        "missed": 0,
        "publications": 0,
    }
    (run,) = await ada.runs(schedule["id"])
    assert (run["status"], run["reason"]) == ("skipped", "stopped")
    assert (await ada.get(HELD))["schedules"] == 0


async def test_anothers_workspace_looks_like_one_that_is_not_there(ada: Client, bob: Client) -> None:
    await ada.sign_in_again()
    await bob.sign_in_again()
    named = {"workspaceId": (await ada.workspace())["id"]}
    nobodys = {"workspaceId": "00000000-0000-4000-8000-000000000000"}
    for path, more in ((STOP, {}), (RESUME, {"held": "skip"})):
        real = await bob.refused(404, path, {**named, **more})
        assert real == await bob.refused(404, path, {**nobodys, **more})
    await bob.refused(404, f"{HELD}?workspaceId={named['workspaceId']}")
    assert (await ada.workspace())["pausedAt"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "held"),
        ({"held": "forget"}, "held"),
        ({"held": "spread", "spread": "PT59S"}, "spread"),
        ({"held": "spread", "spread": "P1DT1S"}, "spread"),
        ({"held": "spread", "spread": 600}, "spread"),
        ({"held": "spread", "workspaceId": "mine"}, "workspaceId"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_its_name(ada: Client, body: dict[str, Any], field: str) -> None:
    await ada.sign_in_again()
    await ada.post(STOP, {})
    assert (await ada.refused(422, RESUME, body))["details"]["field"] == field
    assert (await ada.workspace())["pausedAt"] is not None
