"""Schedules: a message again and again."""

from datetime import timedelta

import pytest

from dev.qstash import FREE
from tests.dev.qstash.world import APP, START, World


async def create(world: World, cron: str = "*/10 * * * *", path: str = "/cron", **headers: str) -> str:
    named = {f"Upstash-{name.replace('_', '-')}": value for name, value in headers.items()}
    answer = await world.call(
        "POST", f"/v2/schedules/{APP}{path}", headers={"Upstash-Cron": cron, **named}, content="tick"
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["scheduleId"])


async def test_it_fires_at_each_minute_of_its_cron_with_its_body_and_name(world: World) -> None:
    schedule_id = await create(world)
    await world.pass_time(timedelta(minutes=35))
    assert world.since_start("/cron") == [600, 1200, 1800]
    assert {call.headers["upstash-schedule-id"] for call in world.destination.calls} == {schedule_id}
    assert {call.body for call in world.destination.calls} == {b"tick"}
    assert len({call.headers["upstash-message-id"] for call in world.destination.calls}) == 3


async def test_cron_tz_fires_by_the_wall_clock_of_the_zone(world: World) -> None:
    await create(world, "CRON_TZ=Asia/Seoul 30 9 * * *")
    await world.pass_time(timedelta(days=2))
    assert [f"{call.at:%d %H:%M}" for call in world.destination.calls] == ["03 00:30", "04 00:30"]


async def test_the_same_id_overwrites_and_never_doubles(world: World) -> None:
    for _ in range(2):
        assert await create(world, schedule_id="sweep") == "sweep"
    await create(world, "0 * * * *", path="/other", schedule_id="sweep")
    assert len(await world.get("/v2/schedules")) == 1
    await world.pass_time(timedelta(hours=2))
    assert [call.target for call in world.destination.calls] == ["/other", "/other"]


async def test_overwriting_keeps_the_birthday_and_does_not_wake_a_paused_schedule(world: World) -> None:
    await create(world, schedule_id="sweep")
    await world.call("PATCH", "/v2/schedules/sweep/pause")
    world.clock.advance(by=timedelta(minutes=1))
    await create(world, "0 * * * *", schedule_id="sweep")
    read = await world.get("/v2/schedules/sweep")
    assert (read["cron"], read["isPaused"], read["createdAt"]) == ("0 * * * *", True, int(START.timestamp() * 1000))
    assert await world.pass_time() == []


@pytest.mark.parametrize("method", ["PATCH", "POST"])
async def test_a_paused_schedule_fires_nothing_and_makes_up_for_nothing(world: World, method: str) -> None:
    schedule_id = await create(world)
    await world.call(method, f"/v2/schedules/{schedule_id}/pause")
    assert (await world.get(f"/v2/schedules/{schedule_id}"))["isPaused"] is True
    await world.pass_time(timedelta(hours=1))
    world.clock.advance(by=timedelta(hours=1))
    await world.call(method, f"/v2/schedules/{schedule_id}/resume")
    await world.pass_time(timedelta(minutes=25))
    assert world.since_start("/cron") == [4200, 4800]


async def test_firings_slept_through_are_made_up_for_once(world: World) -> None:
    await create(world)
    world.clock.advance(by=timedelta(hours=5, minutes=3))
    await world.qstash.run_due()
    assert len(world.destination.calls) == 1
    assert world.qstash.next_due_at() == START + timedelta(hours=5, minutes=10)


async def test_a_deleted_schedule_fires_no_more(world: World) -> None:
    schedule_id = await create(world)
    assert (await world.call("DELETE", f"/v2/schedules/{schedule_id}")).status_code == 200
    assert (await world.call("GET", f"/v2/schedules/{schedule_id}")).status_code == 404
    assert await world.pass_time() == []


async def test_it_reads_back_what_was_asked_and_how_its_last_messages_fared(world: World) -> None:
    schedule_id = await create(world, retries="0", label="cron", queue_name="q", retry_delay="5000 * retried")
    world.destination.will_answer("/cron", 500)
    before = await world.get(f"/v2/schedules/{schedule_id}")
    assert before == {
        "scheduleId": schedule_id,
        "cron": "*/10 * * * *",
        "destination": f"{APP}/cron",
        "method": "POST",
        "header": {},
        "body": "tick",
        "retries": 0,
        "retryDelayExpression": "5000 * retried",
        "label": "cron",
        "labels": ["cron"],
        "queueName": "q",
        "callerIP": "127.0.0.1",
        "createdAt": int(START.timestamp() * 1000),
        "nextScheduleTime": int(START.timestamp() * 1000) + 600_000,
        "isPaused": False,
    }
    (failed,) = await world.pass_time(timedelta(minutes=10))
    after = await world.get(f"/v2/schedules/{schedule_id}")
    assert after["lastScheduleStates"] == {failed.message_id: "FAIL"}
    assert after["nextScheduleTime"] - after["lastScheduleTime"] == 600_000


async def test_its_messages_fail_and_retry_like_any_other(world: World) -> None:
    world.destination.will_answer("/cron", 500, 500)
    await create(world, "0 9 * * *", retries="1", retry_delay="60000", failure_callback=f"{APP}/failed")
    await world.pass_time(timedelta(hours=2))
    assert world.since_start("/cron") == [3600, 3660]
    assert world.destination.at("/failed")[0].json["scheduleId"].startswith("scd_")


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, "Upstash-Cron header is missing"),
        ({"Upstash-Cron": "61 * * * *"}, "invalid cron"),
        ({"Upstash-Cron": "* * * * *", "Upstash-Schedule-Id": "a b"}, "invalid scheduleId"),
    ],
)
async def test_an_unusable_schedule_is_refused(world: World, headers: dict[str, str], text: str) -> None:
    answer = await world.call("POST", f"/v2/schedules/{APP}/cron", headers=headers)
    assert answer.status_code == 400
    assert text in answer.json()["error"]


async def test_the_plan_limits_the_number_of_schedules_but_not_overwriting(world: World) -> None:
    world.use(plan=FREE)
    for number in range(10):
        await create(world, schedule_id=f"s{number}")
    answer = await world.call("POST", f"/v2/schedules/{APP}/cron", headers={"Upstash-Cron": "* * * * *"})
    assert answer.status_code == 412
    await create(world, schedule_id="s3")
