"""The doors that QStash knocks at: who is let in, and what a delivery is told: the status is its retry instruction."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from dev.models.script import Failing, Fault
from dev.qstash.signing import sign
from dev.serving import Trouble
from tests.databases import Clones, Database
from tests.stack import FAILED, GENERATE, SWEEP, World, open_world

HOUR = timedelta(hours=1)
SIGNED_DOORS = (GENERATE, FAILED, SWEEP)
BODY = b'{"scheduleId": "7b2f6a52-0d1c-4c0b-9a52-5a1d7d1d8f11", "timestamp": "2026-12-01T09:00:00Z"}'


@pytest.fixture(scope="module")
async def doors(clones: Clones) -> AsyncIterator[World]:
    """One for all tests of this file: its time only ever goes forward."""
    database = await clones.take()
    async with open_world(database, with_crons=False) as world:
        yield world
    await database.drop()


@pytest.fixture
async def due(doors: World) -> AsyncIterator[str]:
    """A schedule whose occurrence is due now, on the full hour."""
    hour = doors.now.replace(minute=0, second=0, microsecond=0) + HOUR
    schedule = await doors.create()
    doors.skip(to=hour)
    yield schedule
    await doors.settle()
    await doors.change("delete", schedule)


async def test_each_outcome_of_a_delivery_has_its_status(doors: World, due: str) -> None:
    async def told(schedule: str, ago: timedelta = timedelta(0)) -> tuple[int, str, str | None]:
        answer = await doors.knock(schedule, now - ago)
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert body.keys() == {"outcome", "runId", "reason"}
        return answer.status_code, body["outcome"], body["reason"]

    now = doors.now
    assert await told(due, -HOUR) == (200, "stale", None)
    await doors.write("update app.workspaces set paused_at = $1", now)
    assert await told(due) == (200, "held", None)
    await doors.write("update app.workspaces set paused_at = null")
    for vendor in (doors.stack.models.anthropic, doors.stack.models.gemini, doors.stack.models.openai):
        vendor.script.fail(Fault(Failing.STATUS, 500))
    assert await told(due) == (503, "retrying", "model")
    assert await told(due) == (200, "done", None)
    assert await told(due) == (200, "duplicate", None)
    assert await told(due, -HOUR) == (200, "early", None)

    await doors.write("update app.schedules set late_at = next_run_at where id = $1", due)
    doors.skip(to=now + HOUR)
    assert await told(due, -HOUR) == (200, "missed", "late")
    assert await told(due, -HOUR) == (200, "duplicate", "late")
    await doors.write("update app.workspaces set period_end = $1, subscription_status = 'canceled'", now)
    doors.skip(to=now + 2 * HOUR)
    assert await told(due, -2 * HOUR) == (200, "skipped", "subscription")
    await doors.write("update app.workspaces set period_end = null, subscription_status = 'active'")
    doors.skip(to=now + 3 * HOUR)
    doors.stack.models.anthropic.script.fail(Fault(Failing.REFUSAL))
    assert await told(due, -3 * HOUR) == (200, "failed", "refused")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{",
        b"\xff\xfe{}",
        b'{"scheduleId": "\xff"}',
        b"[" * 50_000,
        b'{"scheduleId": "x", "timestamp": "2026-12-01T09:00:00Z"}',
        b'{"scheduleId": "7b2f6a52-0d1c-4c0b-9a52-5a1d7d1d8f11"}',
        b'{"scheduleId": "7b2f6a52-0d1c-4c0b-9a52-5a1d7d1d8f11", "timestamp": "2026-12-01T09:00:00"}',
        b'{"scheduleId": "7b2f6a52-0d1c-4c0b-9a52-5a1d7d1d8f11", "timestamp": "soon"}',
        b'{"scheduleId": "7b2f6a52-0d1c-4c0b-9a52-5a1d7d1d8f11", "timestamp": 1e400}',
        b'{"scheduleId": "7b2f6a52-0d1c-4c0b-9a52-5a1d7d1d8f11", "timestamp": "0001-01-01T00:00:00+14:00"}',
        b'{"scheduleId": "7b2f6a52-0d1c-4c0b-9a52-5a1d7d1d8f11", "timestamp": "9999-12-31T23:59:59-14:00"}',
        b'{"scheduleId": {"$ne": 1}, "timestamp": "2026-12-01T09:00:00Z"}',
        b'{"runId": null}',
        b'{"runId": "; drop table app.runs"}',
        b'{"runId": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: body[:60].decode(errors="replace"),
)
async def test_a_signed_but_unusable_body_is_given_up_for_good(doors: World, body: bytes) -> None:
    answer = await doors.deliver(body)
    assert answer.status_code == 489
    assert answer.headers["upstash-nonretryable-error"] == "true"
    assert answer.json()["error"]["code"] == "unusable"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\xff", b"[1]", b'{"dlqId": ""}', b'{"dlqId": 7}', b'{"dlqId": "\\u0000"}']
)
async def test_a_failure_callback_without_its_id_is_given_up_for_good(doors: World, body: bytes) -> None:
    answer = await doors.deliver(body, path=FAILED)
    assert (answer.status_code, answer.headers["upstash-nonretryable-error"]) == (489, "true")


@pytest.mark.parametrize(
    "source",
    [
        None,
        "%%%",
        base64.b64encode(b"\xff").decode(),
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"scheduleId": "x", "timestamp": "0001-01-01T00:00:00+14:00"}').decode(),
        base64.b64encode(b'{"runId": "x", "odd": "\\ud800 \\u0000"}').decode(),
        base64.b64encode(json.dumps({"long": "x" * 100_000}).encode()).decode(),
    ],
)
async def test_a_failure_callback_of_anything_is_recorded(doors: World, source: object) -> None:
    letter = {
        "dlqId": f"{uuid4()}\ud800",
        "sourceBody": source,
        "status": "odd",
        "sourceMessageId": 7,
        "url": "\ud800\u0000x",
    }
    for _ in range(2):
        answer = await doors.deliver(letter, path=FAILED)
        assert (answer.status_code, answer.json()) == (200, {"outcome": "closed"}), answer.text


@pytest.mark.parametrize("path", SIGNED_DOORS)
async def test_a_message_larger_than_qstash_ever_sends_is_refused(doors: World, path: str) -> None:
    answer = await doors.deliver(b" " * (1024 * 1024 + 1), path=path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def forged(world: World, path: str) -> dict[str, tuple[dict[str, str], bytes]]:
    """Headers and body of deliveries that QStash never signed so."""
    keys, now = world.stack.qstash.keys, world.now

    def signed(key: str = keys.current, body: bytes = BODY, url: str = world.stack.url + path, **at: Any) -> str:
        return sign(key, destination=url, body=body, token_id="jwt_1", now=at.get("at", now))

    good = signed()
    head, claims, signature = good.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    other = next(door for door in SIGNED_DOORS if door != path)
    return {
        "unsigned": ({}, BODY),
        "empty": ({"Upstash-Signature": ""}, BODY),
        "nonsense": ({"Upstash-Signature": "a.b.c"}, BODY),
        "wrong key": ({"Upstash-Signature": signed("sig_other")}, BODY),
        "no algorithm": ({"Upstash-Signature": f"{none}.{claims}."}, BODY),
        "cut signature": ({"Upstash-Signature": f"{head}.{claims}.{signature[:-4]}"}, BODY),
        "other body": ({"Upstash-Signature": good}, BODY + b" "),
        "other door": ({"Upstash-Signature": signed(url=world.stack.url + other)}, BODY),
        "other host": ({"Upstash-Signature": signed(url="https://evil.example" + path), "Host": "evil.example"}, BODY),
        "expired": ({"Upstash-Signature": signed(at=now - timedelta(seconds=361))}, BODY),
        "from the future": ({"Upstash-Signature": signed(at=now + timedelta(seconds=61))}, BODY),
        "the cron's secret": ({"Authorization": f"Bearer {world.stack.secrets.cron_secret}x"}, BODY),
    }


@pytest.mark.parametrize("path", SIGNED_DOORS)
async def test_a_forged_message_is_turned_away_at_every_door(doors: World, due: str, path: str) -> None:
    for forgery, (headers, body) in forged(doors, path).items():
        answer = await doors.outside.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unproven"), forgery
    assert await doors.story(due) == []


async def test_the_proof_is_over_the_configured_address_whatever_host_was_asked(doors: World, due: str) -> None:
    body = {"scheduleId": due, "timestamp": doors.now.isoformat()}
    answer = await doors.deliver(body, Host="internal.example", **{"X-Forwarded-Host": "internal.example"})
    assert answer.json()["outcome"] == "done"


async def test_a_rotation_of_keys_goes_unnoticed(doors: World, due: str) -> None:
    keys = doors.stack.qstash.keys
    body = json.dumps({"scheduleId": due, "timestamp": doors.now.isoformat()}).encode()
    signature = sign(keys.next, destination=doors.stack.url + GENERATE, body=body, token_id="jwt_1", now=doors.now)
    answer = await doors.outside.post(GENERATE, content=body, headers={"Upstash-Signature": signature})
    assert answer.json()["outcome"] == "done"


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.FAILING])
async def test_without_the_database_a_delivery_is_asked_to_come_again(doors: World, due: str, trouble: Trouble) -> None:
    line = doors.stack.lines.gateway
    line.trouble = trouble
    answer = await doors.knock(due, doors.now)
    assert answer.status_code == 503
    assert "retry-after" not in answer.headers  # QStash's own backoff is longer than any wish of ours
    assert answer.json()["error"].keys() == {"code", "message"}
    line.trouble = Trouble.NONE
    assert (await doors.knock(due, doors.now)).json()["outcome"] == "done"


async def test_a_failure_callback_is_recorded_once_however_often_it_comes(doors: World, due: str) -> None:
    source = base64.b64encode(json.dumps({"scheduleId": due, "timestamp": doors.now.isoformat()}).encode()).decode()
    letter = {"dlqId": f"dlq-{due}", "sourceBody": source, "status": 500, "sourceMessageId": "msg_1", "url": "x"}
    for _ in range(3):
        assert (await doors.deliver(letter, path=FAILED)).json() == {"outcome": "waiting"}
    assert await doors.ledger.fetchval("select count(*) from app.dead_letters where schedule_id = $1", due) == 1


async def test_without_their_secrets_the_doors_do_not_exist(database: Database) -> None:
    secrets = ("QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY", "CRON_SECRET")
    async with open_world(database, with_crons=False, settles=False, variables=dict.fromkeys(secrets, "")) as world:
        for path in SIGNED_DOORS:
            assert_absent(await world.deliver(BODY, path=path))
            assert_absent(await world.outside.post(path, content=BODY))
            assert_absent(await world.outside.post(path, content=BODY, headers={"Authorization": "Bearer x"}))


def assert_absent(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
