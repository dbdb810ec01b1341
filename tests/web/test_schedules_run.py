"""Run now, and what time makes of schedules; time goes forward here, so nothing relies on where it stands."""

import asyncio
from datetime import timedelta

from dev.models.script import Failing, Fault
from tests.web.client import Client


async def test_a_run_now_answers_with_the_content_and_moves_nothing(ada: Client) -> None:
    schedule = await ada.create(contentType="x_thread")
    ran = await ada.post("/api/schedule/run", {"scheduleId": schedule["id"]})
    run = ran["run"]
    assert (run["status"], run["trigger"], run["dueAt"], ran["isRepeated"]) == ("succeeded", "manual", None, False)
    (content,) = run["contents"]
    assert (content["kind"], content["status"]) == ("x_thread", "draft")
    assert len(content["segments"]) > 1
    after = await ada.schedule(schedule["id"])
    assert (after["totalGenerated"], after["runCount"]) == (1, 0)
    assert (after["nextRunAt"], after["revision"]) == (schedule["nextRunAt"], 1)
    assert after["lastRunAt"] is not None


async def test_a_run_now_works_while_paused(ada: Client) -> None:
    named = {"scheduleId": (await ada.create())["id"]}
    await ada.post("/api/schedule/pause", named)
    assert (await ada.post("/api/schedule/run", named))["run"]["status"] == "succeeded"
    assert (await ada.schedule(named["scheduleId"]))["status"] == "paused"


async def test_the_same_key_is_answered_with_the_same_run(ada: Client) -> None:
    named = {"scheduleId": (await ada.create())["id"]}
    first = await ada.post("/api/schedule/run", named, key="press")
    again = await ada.post("/api/schedule/run", named, key="press")
    assert again == {**first, "isRepeated": True}
    assert len(await ada.runs(named["scheduleId"])) == 1


async def test_the_same_key_while_the_run_is_under_way_is_a_conflict_with_its_id(ada: Client) -> None:
    named = {"scheduleId": (await ada.create())["id"]}
    press = {"json": named, "headers": {"Idempotency-Key": "press"}}
    replies = await asyncio.gather(*(ada.http.post("/api/schedule/run", **press) for _ in range(4)))
    done = [reply.json() for reply in replies if reply.status_code == 200]
    busy = [reply.json()["error"] for reply in replies if reply.status_code == 409]
    assert len(done) + len(busy) == 4
    assert len(await ada.runs(named["scheduleId"])) == 1
    ids = {answer["run"]["id"] for answer in done} | {error["details"]["runId"] for error in busy}
    assert len(ids) == 1


async def test_a_run_that_the_model_would_not_write_is_answered_as_failed(ada: Client) -> None:
    named = {"scheduleId": (await ada.create())["id"]}
    ada.stack.models.anthropic.script.fail(*[Fault(Failing.REFUSAL)] * 3)
    run = (await ada.post("/api/schedule/run", named))["run"]
    assert (run["status"], run["reason"], run["contents"]) == ("failed", "refused", [])
    assert run["errors"][0]["code"] == "model_refused"
    ada.stack.models.anthropic.script.faults.clear()


async def test_the_days_runs_are_limited_and_the_refusal_says_how_many(ada: Client) -> None:
    named = {"scheduleId": (await ada.create())["id"]}
    workspace = await ada.workspace()
    for _ in range(workspace["limits"]["runsADay"]):
        reply = await ada.http.post("/api/schedule/run", json=named)
        if reply.status_code != 200:
            break
    error = await ada.refused(429, "/api/schedule/run", named)
    assert error["code"] == "quota"
    limit = workspace["limits"]["runsADay"]
    assert error["details"].pop("turnsAt").endswith("T00:00:00+00:00")
    assert error["details"] == {"limit": limit, "used": limit, "needed": 1}


async def test_publishing_is_not_available_yet_and_says_so(ada: Client) -> None:
    named = {"scheduleId": (await ada.create())["id"]}
    error = await ada.refused(422, "/api/schedule/run", {**named, "publish": True})
    assert error["details"]["field"] == "publish"
    assert (await ada.post("/api/schedule/run", {**named, "publish": False}))["run"]["status"] == "succeeded"


async def test_history_is_paged_newest_first_and_each_run_has_its_text(ada: Client) -> None:
    schedule = await ada.create(frequency="hourly", timeOfDay="00:00")
    await ada.stack.advance(timedelta(hours=3))
    await ada.sign_in_again()
    seen, query = [], {}
    for _ in range(3):
        page = await ada.get(f"/api/schedules/{schedule['id']}/runs", limit=1, **query)
        seen += page["runs"]
        query = {"cursor": page["nextCursor"]}
    assert query == {"cursor": None}
    assert [run["dueAt"] for run in seen] == sorted((run["dueAt"] for run in seen), reverse=True)
    run = (await ada.get(f"/api/runs/{seen[0]['id']}"))["run"]
    content = run["contents"][0]
    assert (await ada.get(f"/api/contents/{content['id']}"))["content"] == content
    listed = (await ada.get("/api/contents", scheduleId=schedule["id"]))["contents"]
    assert len(listed) == 3
    assert listed[0] == content


async def test_contents_are_paged_without_gaps_or_repeats(ada: Client) -> None:
    named = {"scheduleId": (await ada.create())["id"]}
    for _ in range(2):
        await ada.post("/api/schedule/run", named)
    first = await ada.get("/api/contents", limit=1)
    second = await ada.get("/api/contents", limit=1, cursor=first["nextCursor"])
    assert second["nextCursor"] is None
    assert first["contents"][0]["id"] != second["contents"][0]["id"]


async def test_more_runs_than_it_may_have_already_begun_cannot_be_asked_for(ada: Client) -> None:
    schedule = await ada.create(frequency="hourly", timeOfDay=None, maxRuns=3)
    await ada.stack.advance(timedelta(minutes=61))
    await ada.sign_in_again()
    schedule = await ada.schedule(schedule["id"])
    assert schedule["runCount"] == 1
    body = {"scheduleId": schedule["id"], "revision": schedule["revision"], "maxRuns": 1}
    assert (await ada.refused(422, "/api/schedule/update", body))["details"]["field"] == "maxRuns"


async def test_a_schedule_that_has_finished_says_so_and_goes_on_with_a_longer_rule(ada: Client) -> None:
    at = ada.stack.clock.now() + timedelta(minutes=10)
    schedule = await ada.create(frequency="hourly", timeOfDay=None, startsAt=at.isoformat(), maxRuns=1)
    await ada.stack.advance(timedelta(minutes=11))
    finished = await ada.schedule(schedule["id"])
    assert (finished["status"], finished["nextRunAt"], finished["totalGenerated"]) == ("finished", None, 1)
    error = await ada.refused(409, "/api/schedule/resume", {"scheduleId": schedule["id"]})
    assert error["code"] == "finished"
    assert (await ada.update(finished, maxRuns=5))["status"] == "active"
