"""The crons' door: who may knock, one at a time, and an answer that says what was done."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from dev.serving import Trouble
from lib.pipeline.install_crons import install_crons
from lib.web.crons import LOCK_EXPIRY
from tests.databases import Clones, Database
from tests.stack import SWEEP, World, open_world

LOCK = "lock:check-schedules"
ANOTHER_RUNS = {"success": True, "message": "Another instance is already running"}
NOTHING = {"processed": 0, "failed": 0, "skipped": 0, "remaining": 0}


@pytest.fixture(scope="module")
async def doors(clones: Clones) -> AsyncIterator[World]:
    database = await clones.take()
    async with open_world(database, with_crons=False) as world:
        yield world
    await database.drop()


def bearer(world: World, secret: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret or world.stack.secrets.cron_secret}"}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_hosts_cron_knocks_with_the_secret(doors: World, method: str) -> None:
    answer = await doors.outside.request(method, SWEEP, headers=bearer(doors))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["success"] is True
    assert NOTHING.items() <= told["data"].items()
    assert told["data"]["tookMs"] >= 0


async def test_a_qstash_schedule_knocks_with_a_signature(doors: World) -> None:
    answer = await doors.deliver(b"", path=SWEEP)
    assert (answer.status_code, answer.json()["success"]) == (200, True)


async def test_a_wrong_secret_is_turned_away(doors: World) -> None:
    right = doors.stack.secrets.cron_secret
    wrong: list[dict[str, str]] = [
        {},
        bearer(doors, "wrong"),
        bearer(doors, right[:-1]),
        bearer(doors, f"{right}x"),
        {"Authorization": right},
        {"Authorization": f"Basic {right}"},
        {"Authorization": f"Bearer {right}".lower()},
        {"X-Cron-Secret": right},
        {**bearer(doors), "Upstash-Signature": "a.b.c"},  # who shows a signature must show a good one
    ]
    for headers in wrong:
        answer = await doors.outside.get(SWEEP, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unproven"), headers
    assert (await doors.outside.get(f"{SWEEP}?secret={right}")).status_code == 401


async def test_a_secret_that_is_not_ascii_is_turned_away(doors: World) -> None:
    answer = await doors.outside.get(SWEEP, headers=[(b"authorization", "Bearer gehêim".encode())])
    assert answer.status_code == 401


async def test_a_secret_too_short_to_keep_anybody_out_opens_nothing(database: Database) -> None:
    async with open_world(database, with_crons=False, settles=False, variables={"CRON_SECRET": "x" * 15}) as world:
        answer = await world.outside.get(SWEEP, headers=bearer(world, "x" * 15))
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        assert (await world.deliver(b"", path=SWEEP)).status_code == 200  # the signature still does


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"\xff", b'{"after": 1}', b'{"turn": -1}', b'{"turn": 21}', b'{"turn": "x"}']
)
async def test_a_body_that_is_no_continuation_is_given_up_for_good(doors: World, body: bytes) -> None:
    answer = await doors.deliver(body, path=SWEEP)
    assert (answer.status_code, answer.headers["upstash-nonretryable-error"]) == (489, "true")


async def test_a_cursor_of_nonsense_breaks_nothing(doors: World) -> None:
    answer = await doors.deliver({"after": {"overdue": {"priority": "x"}, "odd": []}, "turn": 1}, path=SWEEP)
    assert 400 <= answer.status_code < 500, answer.text


async def test_while_one_runs_another_leaves_it_alone(doors: World) -> None:
    line = doors.stack.lines.gateway
    line.latency = timedelta(seconds=0.3)
    try:
        answers = await asyncio.gather(*(doors.sweep() for _ in range(3)))
    finally:
        line.latency = timedelta(0)
    assert sorted("data" in answer for answer in answers) == [False, False, True]
    assert answers.count(ANOTHER_RUNS) == 2
    assert "data" in await doors.sweep()  # it let go of the lock


async def test_the_lock_of_one_that_died_holds_the_others_up_for_a_while_only(doors: World) -> None:
    doors.stack.redis.execute("SET", LOCK, "a sweep that died", "PX", int(LOCK_EXPIRY.total_seconds() * 1000))
    assert await doors.sweep() == ANOTHER_RUNS
    assert doors.stack.redis.execute("GET", LOCK) == b"a sweep that died"
    doors.skip(to=doors.now + LOCK_EXPIRY + timedelta(seconds=1))
    assert "data" in await doors.sweep()


async def test_who_outlived_its_lock_leaves_the_next_owners_alone(doors: World) -> None:
    async with doors.stack.app.state.services.locks.held("check-schedules", LOCK_EXPIRY) as granted:
        assert granted
        doors.skip(to=doors.now + LOCK_EXPIRY + timedelta(seconds=1))
        doors.stack.redis.execute("SET", LOCK, "the next", "NX", "PX", 60_000)
    assert doors.stack.redis.execute("GET", LOCK) == b"the next"
    doors.stack.redis.flush()


async def test_all_of_redis_lost_in_mid_run_costs_only_the_lock(doors: World) -> None:
    async with doors.stack.app.state.services.locks.held("check-schedules", LOCK_EXPIRY) as granted:
        assert granted
        doors.stack.redis.flush()
        assert "data" in await doors.sweep()  # two at once: the database keeps them apart


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.HANGING, Trouble.FAILING])
async def test_without_redis_it_runs_all_the_same_and_soon(doors: World, trouble: Trouble) -> None:
    doors.stack.lines.redis.trouble = trouble
    began = time.monotonic()
    assert "data" in await doors.sweep()
    assert time.monotonic() - began < 8
    doors.stack.lines.redis.trouble = Trouble.NONE


async def test_without_a_redis_at_all_it_runs(database: Database) -> None:
    none = {"UPSTASH_REDIS_REST_URL": "", "UPSTASH_REDIS_REST_TOKEN": ""}
    async with open_world(database, with_crons=False, variables=none) as world:
        assert "data" in await world.sweep()


async def test_a_database_that_is_away_is_told_and_the_lock_is_let_go(doors: World) -> None:
    doors.stack.lines.gateway.trouble = Trouble.CUT
    answer = await doors.outside.get(SWEEP, headers=bearer(doors))
    doors.stack.lines.gateway.trouble = Trouble.NONE
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert "data" in await doors.sweep()


async def test_installing_the_crons_again_changes_them_and_adds_none(doors: World) -> None:
    for _ in range(2):
        await install_crons(doors.stack.app.state.services)
    headers = {"Authorization": f"Bearer {doors.stack.qstash.token}"}
    async with httpx.AsyncClient(base_url=doors.stack.urls.qstash, headers=headers) as http:
        (schedule,) = (await http.get("/v2/schedules")).json()
        assert (schedule["cron"], schedule["destination"]) == ("*/10 * * * *", doors.stack.url + SWEEP)
        assert schedule["retries"] == 0
        await http.delete(f"/v2/schedules/{schedule['scheduleId']}")


async def test_the_answer_tells_what_was_done(doors: World) -> None:
    schedule = await doors.create()
    due_at = (await doors.schedule(schedule))["next_run_at"]
    for message in doors.stack.qstash.pending():
        doors.stack.qstash.cancel(message)
    doors.skip(to=due_at + timedelta(minutes=11))
    told = (await doors.sweep())["data"]
    assert {name: told[name] for name in (*NOTHING, "armed")} == {**NOTHING, "processed": 1, "armed": 1}
    assert json.dumps(told).isascii()
    await doors.change("delete", schedule)
