"""What a person has written and does not wait for: stored first, begun by a message or the sweep, never twice."""

import json
from typing import Any

import httpx
import pytest

from dev.models.script import Failing, Fault
from dev.serving import Trouble
from tests.pipeline.conftest import Day
from tests.stack import PASSWORD

DOWN = Fault(Failing.STATUS, 529)


async def post(day: Day, schedule: str, key: str | None = None, **wish: Any) -> httpx.Response:
    token = await day.world.stack.sign_in("ada@example.com", PASSWORD)
    headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
    body = {"action": "generate_content", "scheduleId": schedule, **wish}
    return await day.world.outside.post("/api/automation/workflow", json=body, headers=headers)


async def asked(day: Day, schedule: str, key: str | None = None, **wish: Any) -> dict[str, Any]:
    answer = await post(day, schedule, key, **wish)
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def manual_run(day: Day, schedule: str) -> dict[str, Any]:
    (run,) = [dict(run) for run in await day.world.runs(schedule) if run["trigger"] == "manual"]
    return run


async def test_it_is_answered_at_once_and_written_soon(day: Day) -> None:
    schedule = await day.world.create()
    told = await asked(day, schedule, count=3, quality="premium", priority=8)
    assert (told["run"]["status"], told["isRepeated"]) == ("retrying", False)
    assert await day.world.contents(schedule) == 0
    await day.until(8, 31)
    run = await manual_run(day, schedule)
    assert (run["status"], run["attempt"], run["priority"]) == ("succeeded", 1, 8)
    assert {it["model"] for it in json.loads(run["model_attempts"])} == {"anthropic/claude-opus-5-5"}
    assert await day.world.contents(schedule) == 3
    stored = await day.world.schedule(schedule)
    assert (stored["run_count"], stored["next_run_at"]) == (0, day.at(9))


async def test_without_messages_the_sweep_begins_it(day: Day) -> None:
    schedule = await day.world.create()
    day.world.stack.qstash.faults.outage = Trouble.FAILING
    await asked(day, schedule, count=2)
    day.world.stack.qstash.faults.outage = Trouble.NONE
    await day.until(8, 35)
    assert await day.world.contents(schedule) == 0
    await day.world.sweep()
    await day.until(8, 36)
    assert await day.world.contents(schedule) == 2


async def test_the_same_key_writes_once(day: Day) -> None:
    schedule = await day.world.create()
    first, again = [await asked(day, schedule, "once") for _ in range(2)]
    assert first["run"]["id"] == again["run"]["id"]
    await day.until(8, 40)
    later = await asked(day, schedule, "once")
    assert later["isRepeated"]
    assert later["run"]["status"] == "succeeded"
    assert await day.world.contents(schedule) == 1


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 2)])
async def test_it_is_tried_as_often_as_was_wished(day: Day, retries: int, attempts: int) -> None:
    schedule = await day.world.create()
    day.world.stack.models.anthropic.script.fail(*[DOWN] * 4)
    await asked(day, schedule, retries=retries)
    await day.until(8, 55)
    run = await manual_run(day, schedule)
    assert (run["status"], run["reason"], run["attempt"]) == ("failed", "model", attempts)
    day.world.stack.models.anthropic.script.faults.clear()


async def test_what_is_beyond_the_quota_is_refused_before_it_is_stored(day: Day) -> None:
    schedule = await day.world.create()
    await day.world.write("update app.plans set runs_a_day = 2 where plan = 'team'")
    answer = await post(day, schedule, count=3)
    await day.world.write("update app.plans set runs_a_day = 5000 where plan = 'team'")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "quota")
    assert await day.world.runs(schedule) == []


async def test_what_passes_a_cap_is_refused_with_the_cap(day: Day) -> None:
    schedule = await day.world.create(dailyCostCapMicroUsd=1)
    answer = await post(day, schedule)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"]["cap"]) == (429, "budget", "schedule_day")
    assert error["details"]["limitMicroUsd"] == 1
    assert error["details"]["turnsAt"] is None, "no day has room for it"
