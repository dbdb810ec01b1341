"""Whatever is sent, the answer is a 4xx in the one error shape that names the field; never a 5xx."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from dev.stack import Stack
from tests.web.client import Client, wish

CREATE = "/api/schedule/create"
VERBS = ("create", "update", "delete", "restore", "run", "pause", "resume", "preview")
POSTS = tuple(f"/api/schedule/{verb}" for verb in VERBS)
SIGN_IN = ("/api/session", "/api/signup")
LARGEST = 256 * 1024


@pytest.fixture(scope="module")
async def ada(stack: Stack) -> AsyncIterator[Client]:
    """One person for all of it: nothing of what they send is kept."""
    async with Client.signed_up(stack, "ada@example.com") as client:
        yield client


async def refusal(client: Client, path: str, body: bytes, content_type: str | None = "application/json") -> Any:
    headers = {"Content-Type": content_type} if content_type else {}
    reply = await client.http.post(path, content=body, headers=headers)
    assert 400 <= reply.status_code < 500, (reply.status_code, reply.text)
    return {"status": reply.status_code, **reply.json()["error"]}


@pytest.mark.parametrize("path", [*POSTS, *SIGN_IN])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"name": }',
        b"{'name': 'x'}",
        b'{"name": "x",}',
        b"\xff\xfe\x00",
        b'{"name": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        b"name=x",
        b'{"name": "x"} trailing',
        b"\x00",
    ],
)
async def test_what_is_not_json_in_utf_8_is_400(ada: Client, path: str, body: bytes) -> None:
    error = await refusal(ada, path, body)
    assert (error["status"], error["code"]) == (400, "malformed_json")


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", [b"[]", b"null", b"5", b'"text"', b"true", b"[{}]"])
async def test_what_is_not_an_object_is_422(ada: Client, path: str, body: bytes) -> None:
    error = await refusal(ada, path, body)
    assert (error["status"], error["details"]["field"]) == (422, "body")


@pytest.mark.parametrize("path", POSTS)
async def test_an_empty_object_is_told_what_is_needed(ada: Client, path: str) -> None:
    error = await refusal(ada, path, b"{}")
    assert error["status"] == 422
    assert error["details"]["field"] in ("frequency", "scheduleId")
    assert error["details"]["message"] == "is needed"


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
     "application/json; charset=utf-16", "json", "text/json", "application/json; charset=latin-1", "*/*"],
)  # fmt: skip
async def test_other_content_types_are_415(ada: Client, content_type: str | None) -> None:
    error = await refusal(ada, CREATE, json.dumps(wish()).encode(), content_type)
    assert (error["status"], error["code"]) == (415, "not_json")


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "Application/JSON", "application/x+json"])
async def test_json_may_be_announced_in_any_of_its_ways(ada: Client, content_type: str) -> None:
    reply = await ada.http.post(CREATE, content=json.dumps(wish()), headers={"Content-Type": content_type})
    assert reply.status_code == 201


async def test_a_body_larger_than_the_limit_is_413_announced_or_not(ada: Client) -> None:
    body = json.dumps(wish(name="x" * LARGEST)).encode()
    assert (await refusal(ada, CREATE, body))["status"] == 413

    async def in_chunks() -> Any:
        for start in range(0, len(body), 8192):
            yield body[start : start + 8192]

    reply = await ada.http.post(CREATE, content=in_chunks(), headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_large")


async def test_a_body_at_the_limit_is_read(ada: Client) -> None:
    body = json.dumps(wish()).encode()
    padded = body + b" " * (LARGEST - len(body))
    reply = await ada.http.post(CREATE, content=padded, headers={"Content-Type": "application/json"})
    assert reply.status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ('"name": "a\\u0000b"', "name"),
        ('"name": "\\ud800"', "name"),
        ('"name": "a\\udfff"', "name"),
        ('"settings": {"topic": "a\\u0000"}', "settings.topic"),
        ('"settings": {"examples": ["ok", "\\udead"]}', "settings.examples[1]"),
        ('"settings": {"a\\u0000b": 1}', "settings.a\\0b"),
        ('"x\\ud800": 1', "x\\ud800"),
        ('"priority": 1e400', "priority"),
        ('"priority": NaN', "priority"),
        ('"priority": -Infinity', "priority"),
        ('"priority": ' + "9" * 5000, "priority"),
        ('"maxRuns": ' + "9" * 19, "maxRuns"),
        ('"name": "x", "maxRuns": 1000001', "maxRuns"),
        ('"name": "x", "maxRuns": 2147483648', "maxRuns"),
        ('"priority": 5, "priority": 5', "priority"),
        ('"settings": {"topic": "a", "topic": "b"}', "settings.topic"),
        ('"settings": ' + '{"a":' * 30 + "1" + "}" * 30, "settings" + ".a" * 20),
        ('"settings": {"topic": ' + "[" * 100_000 + "]" * 100_000 + "}", "body"),
    ],
)
async def test_what_json_can_say_and_a_database_cannot_hold_is_refused_by_name(
    ada: Client, change: str, field: str
) -> None:
    body = '{"contentType": "x_post", "frequency": "daily", "timeOfDay": "09:00", ' + change + ', "timezone": "UTC"}'
    error = await refusal(ada, CREATE, body.encode())
    assert (error["status"], error["details"]["field"]) == (422, field)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "  \n"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": 5}, "name"),
        ({"name": ["x"]}, "name"),
        ({"name": None}, "name"),
        ({"contentType": "tweet"}, "contentType"),
        ({"contentType": None}, "contentType"),
        ({"frequency": "minutely"}, "frequency"),
        ({"frequency": 3}, "frequency"),
        ({"frequency": "daily", "timeOfDay": None}, "timeOfDay"),
        ({"timeOfDay": "25:00"}, "timeOfDay"),
        ({"timeOfDay": "9:00"}, "timeOfDay"),
        ({"timeOfDay": "09:00:30"}, "timeOfDay"),
        ({"timeOfDay": "09:00+09:00"}, "timeOfDay"),
        ({"timeOfDay": "٠٩:٠٠"}, "timeOfDay"),
        ({"timeOfDay": "09:00\n"}, "timeOfDay"),
        ({"timeOfDay": 900}, "timeOfDay"),
        ({"frequency": "weekly", "weekday": 0}, "weekday"),
        ({"frequency": "weekly", "weekday": 8}, "weekday"),
        ({"frequency": "weekly", "weekday": "1"}, "weekday"),
        ({"frequency": "weekly", "weekday": 1.0}, "weekday"),
        ({"frequency": "weekly", "weekday": True}, "weekday"),
        ({"weekday": 1}, "weekday"),
        ({"frequency": "monthly", "dayOfMonth": 32}, "dayOfMonth"),
        ({"frequency": "custom"}, "rrule"),
        ({"frequency": "custom", "rrule": "FREQ=MINUTELY"}, "rrule"),
        ({"frequency": "custom", "rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "rrule"),
        ({"frequency": "custom", "rrule": "x" * 501}, "rrule"),
        ({"frequency": "custom", "rrule": "FREQ=DAILY\nDTSTART:20260101T000000Z"}, "rrule"),
        ({"rrule": "FREQ=DAILY"}, "rrule"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "America"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"timezone": "x" * 101}, "timezone"),
        ({"timezone": None}, "timezone"),
        ({"startsAt": "2026-12-01"}, "startsAt"),
        ({"startsAt": "2026-12-01T00:00:00"}, "startsAt"),
        ({"startsAt": "2026-02-30T00:00:00Z"}, "startsAt"),
        ({"startsAt": "0001-01-01T00:00:00+14:00"}, "startsAt"),
        ({"startsAt": "9999-12-31T23:59:59-12:00"}, "startsAt"),
        ({"startsAt": "2190-01-01T00:00:00Z"}, "startsAt"),
        ({"startsAt": 1790000000}, "startsAt"),
        ({"startsAt": "1790000000"}, "startsAt"),
        ({"endsAt": "2020-01-01T00:00:00Z"}, "endsAt"),
        ({"endsAt": "2026-11-21T03:10:00Z"}, "endsAt"),
        ({"maxRuns": 0}, "maxRuns"),
        ({"maxRuns": -1}, "maxRuns"),
        ({"latenessLimit": "6h"}, "latenessLimit"),
        ({"latenessLimit": "PT"}, "latenessLimit"),
        ({"latenessLimit": "P"}, "latenessLimit"),
        ({"latenessLimit": "P1M"}, "latenessLimit"),
        ({"latenessLimit": "-PT6H"}, "latenessLimit"),
        ({"latenessLimit": "PT0S"}, "latenessLimit"),
        ({"latenessLimit": "P9999D"}, "latenessLimit"),
        ({"latenessLimit": 3600}, "latenessLimit"),
        ({"leadTime": "PT4H"}, "leadTime"),
        ({"leadTime": "P2D", "frequency": "monthly"}, "leadTime"),
        ({"priority": 10}, "priority"),
        ({"settings": []}, "settings"),
        ({"settings": None}, "settings"),
        ({"settings": {"promptType": "magic"}}, "settings.promptType"),
        ({"settings": {"promptType": "custom"}}, "settings.customPrompt"),
        ({"settings": {"promptType": "custom", "customPrompt": "  "}}, "settings.customPrompt"),
        ({"settings": {"customPrompt": "x" * 8001}}, "settings.customPrompt"),
        ({"settings": {"language": "klingonese!"}}, "settings.language"),
        ({"settings": {"examples": ["x"] * 6}}, "settings.examples"),
        ({"settings": {"examples": "x"}}, "settings.examples"),
        ({"settings": {"neverSay": ["ok", 5]}}, "settings.neverSay[1]"),
        ({"settings": {"surprise": 1}}, "settings.surprise"),
        ({"settings": {"targets": ["x"]}}, "settings.targets"),
        ({"settings": {"promptType": "auto", "prompt_type": "auto"}}, "settings.promptType"),
        ({"settings": {"examples": ["x" * 2000] * 5, "customPrompt": "y" * 8000}}, "settings"),
        ({"time_of_day": "09:00"}, "timeOfDay"),
        ({"surprise": 1}, "surprise"),
        ({"": 1}, "body"),
        ({"__proto__": {}}, "__proto__"),
        ({"workspaceId": "mine"}, "workspaceId"),
        ({"isActive": False}, "isActive"),
        ({"nextRunAt": "2026-12-01T00:00:00Z"}, "nextRunAt"),
    ],
)  # fmt: skip
async def test_a_field_that_cannot_be_used_is_named_as_on_the_wire(
    ada: Client, fields: dict[str, object], field: str
) -> None:
    before = await ada.get("/api/schedules")
    error = await ada.refused(422, CREATE, wish(**fields))
    assert error["code"] == "invalid"
    assert error["details"]["field"] == field
    assert await ada.get("/api/schedules") == before


async def test_several_problems_are_told_at_once(ada: Client) -> None:
    error = await ada.refused(422, CREATE, {"name": 5, "frequency": "never", "surprise": 1})
    fields = {problem["field"] for problem in error["details"]["problems"]}
    assert fields == {"name", "frequency", "contentType", "surprise"}


async def test_what_was_sent_is_never_sent_back(ada: Client) -> None:
    secret = "hunter2 is the password!"
    for body in ({"name": [secret], 5: 1}, wish(rrule=secret), wish(settings={"language": secret})):
        reply = await ada.http.post(CREATE, json=body)
        assert reply.status_code == 422
        assert secret not in reply.text


@pytest.mark.parametrize("path", [f"/api/schedule/{verb}" for verb in ("pause", "resume", "delete", "restore", "run")])
@pytest.mark.parametrize("value", ["", "x", 5, None, [], {}, "../1", "0" * 400, "00000000-0000-0000-0000-00000000000g"])
async def test_what_is_no_id_is_refused_by_name(ada: Client, path: str, value: object) -> None:
    error = await ada.refused(422, path, {"scheduleId": value})
    assert error["details"]["field"] == "scheduleId"


@pytest.mark.parametrize("n", [0, -1, 51, 10**9, "5", 2.5, None])
async def test_a_preview_lists_one_to_fifty(ada: Client, n: object) -> None:
    error = await ada.refused(422, "/api/schedule/preview", {"frequency": "daily", "timeOfDay": "09:00", "n": n})
    assert error["details"]["field"] == "n"


@pytest.mark.parametrize("path", ["/api/schedules", "/api/contents"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=99999999999999999999999999", "limit"),
        ("limit=%00", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=%F0%9F%98%80", "cursor"),
        ("cursor=e30", "cursor"),
        ("cursor=bnVsbA", "cursor"),
        ("cursor=eyJhdCI6IjIwMjYiLCJpZCI6IngifQ", "cursor"),
        ("cursor=" + "W1tb" * 70, "cursor"),
        ("cursor=" + "x" * 301, "cursor"),
        ("workspaceId=1", "workspaceId"),
        ("workspaceId=%00", "workspaceId"),
        ("surprise=1", "surprise"),
        ("limit=1&surprise=%FF", "surprise"),
    ],
)
async def test_a_query_that_cannot_be_used_is_named(ada: Client, path: str, query: str, field: str) -> None:
    error = await ada.refused(422, f"{path}?{query}")
    assert error["details"]["field"] == field


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 201, "a\tb"])
async def test_an_idempotency_key_is_printable_and_short(ada: Client, key: str) -> None:
    reply = await ada.http.post(CREATE, json=wish(), headers={"Idempotency-Key": key.encode("latin-1")})
    assert (reply.status_code, reply.json()["error"]["details"]["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize("path", ["/api/schedules/x", "/api/schedules/x/runs", "/api/runs/%00", "/api/contents/-1"])
async def test_what_is_no_id_in_a_path_is_refused(ada: Client, path: str) -> None:
    assert (await ada.refused(422, path))["details"]["field"] in ("scheduleId", "runId", "contentId")


@pytest.mark.parametrize("path", ["/api/nothing", "/api", "/api/schedules/", "/x%00y", "/%ff", "/api/schedule/create/"])
async def test_what_is_not_there_is_404_in_the_same_shape(ada: Client, path: str) -> None:
    assert (await ada.refused(404, path))["code"] == "not_found"


@pytest.mark.parametrize(("method", "path"), [("GET", CREATE), ("PUT", "/api/schedules"), ("DELETE", "/api/contents")])
async def test_another_method_is_405_in_the_same_shape(ada: Client, method: str, path: str) -> None:
    reply = await ada.http.request(method, path)
    assert (reply.status_code, reply.json()["error"]["code"]) == (405, "method_not_allowed")
    assert reply.headers["allow"]
