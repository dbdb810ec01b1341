"""The product once through the front door, over HTTP alone: what one person sees of it."""

from datetime import datetime
from typing import Any

from tests.stack import World, at

RULE = {"contentType": "x_post", "frequency": "hourly", "timeOfDay": "09:00", "timezone": "Asia/Seoul"}


async def test_a_schedule_lives_its_whole_life_through_the_front_door(world: World) -> None:
    person = world.person
    previewed = await person.post("/api/schedule/preview", **RULE, n=2)
    assert [moment(it["at"]) for it in previewed["occurrences"]] == [at(9), at(10)]
    assert (await person.get("/api/schedules"))["schedules"] == []  # a preview saves nothing

    schedule = await created(world)
    assert (schedule["status"], moment(schedule["nextRunAt"])) == ("active", at(9))
    assert schedule["armed"]["isArmed"]

    await world.until(at(9, 1))
    assert await history(world, schedule) == [(at(9), "succeeded", None)]
    content = await only_content(world, schedule)
    assert "커피" in content["body"]
    assert content["status"] == "draft"
    schedule = await seen(world, schedule)
    assert (schedule["totalGenerated"], schedule["totalFailed"], schedule["runCount"]) == (1, 0, 1)
    assert (moment(schedule["lastRunAt"]), moment(schedule["nextRunAt"])) == (at(9), at(10))
    assert schedule["armed"]["isArmed"]

    schedule = await asked(world, "pause", schedule)
    assert (schedule["status"], schedule["nextRunAt"]) == ("paused", None)
    await world.until(at(11, 10))
    schedule = await asked(world, "resume", schedule)
    assert (schedule["status"], moment(schedule["nextRunAt"])) == ("active", at(12))

    ran = await person.post("/api/schedule/run", scheduleId=schedule["id"])
    assert (ran["run"]["status"], ran["run"]["trigger"]) == ("succeeded", "manual")
    assert "커피" in ran["run"]["contents"][0]["body"]
    schedule = await seen(world, schedule)
    assert (schedule["totalGenerated"], schedule["runCount"], moment(schedule["nextRunAt"])) == (2, 1, at(12))

    schedule = await asked(world, "update", schedule, revision=schedule["revision"], timeOfDay="09:30")
    assert moment(schedule["nextRunAt"]) == at(11, 30)
    schedule = await asked(world, "delete", schedule)
    assert schedule["status"] == "deleted"
    assert (await person.get("/api/schedules"))["schedules"] == []
    await world.until(at(11, 40))
    schedule = await asked(world, "restore", schedule)
    assert (schedule["status"], moment(schedule["nextRunAt"])) == ("active", at(12, 30))

    await world.until(at(12, 40))
    assert await history(world, schedule) == [
        (at(9), "succeeded", None),
        (at(10), "skipped", "paused"),
        (None, "succeeded", None),
        (at(11, 30), "skipped", "deleted"),
        (at(12), "skipped", "superseded"),
        (at(12, 30), "succeeded", None),
    ]
    schedule = await seen(world, schedule)
    assert (schedule["totalGenerated"], moment(schedule["nextRunAt"])) == (3, at(13, 30))
    assert world.model_calls == 3


async def created(world: World) -> dict[str, Any]:
    settings = {"promptType": "auto", "topic": "커피", "language": "ko"}
    answer = await world.person.post("/api/schedule/create", name="Morning coffee", **RULE, settings=settings)
    schedule: dict[str, Any] = answer["schedule"]
    return schedule


async def asked(world: World, verb: str, schedule: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = await world.person.post(f"/api/schedule/{verb}", scheduleId=schedule["id"], **fields)
    changed: dict[str, Any] = answer["schedule"]
    return changed


async def seen(world: World, schedule: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await world.person.get(f"/api/schedules/{schedule['id']}"))["schedule"]
    return found


async def history(world: World, schedule: dict[str, Any]) -> list[tuple[datetime | None, str, str | None]]:
    """Oldest first."""
    runs = await world.person.pages(f"/api/schedules/{schedule['id']}/runs", "runs")
    return [(moment(run["dueAt"]), run["status"], run["reason"]) for run in reversed(runs)]


async def only_content(world: World, schedule: dict[str, Any]) -> dict[str, Any]:
    (content,) = await world.person.pages("/api/contents", "contents", scheduleId=schedule["id"])
    found: dict[str, Any] = (await world.person.get(f"/api/contents/{content['id']}"))["content"]
    return found


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
