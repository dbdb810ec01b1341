"""Whatever is sent, the answer is a 4xx in the one error shape that names the field; never a 5xx."""

import json
from typing import Any

import pytest

from tests.web.client import Client, wish

CREATE = "/api/schedule/create"
VERBS = ("create", "update", "delete", "restore", "run", "pause", "resume", "preview")
POSTS = tuple(f"/api/schedule/{verb}" for verb in VERBS)
SIGN_IN = ("/api/session", "/api/signup")
LARGEST = 256 * 1024


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
async def test_what_is_not_json_in_utf_8_is_400(anybody: Client, path: str, body: bytes) -> None:
    error = await refusal(anybody, path, body)
    assert (error["status"], error["code"]) == (400, "malformed_json")


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", [b"[]", b"null", b"5", b'"text"', b"true", b"[{}]"])
async def test_what_is_not_an_object_is_422(anybody: Client, path: str, body: bytes) -> None:
    error = await refusal(anybody, path, body)
    assert (error["status"], error["details"]["field"]) == (422, "body")


@pytest.mark.parametrize("path", POSTS)
async def test_an_empty_object_is_told_what_is_needed(anybody: Client, path: str) -> None:
    error = await refusal(anybody, path, b"{}")
    assert error["status"] == 422
    assert error["details"]["field"] in ("frequency", "scheduleId")
    assert error["details"]["message"] == "is needed"


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
     "application/json; charset=utf-16", "json", "text/json", "application/json; charset=latin-1", "*/*"],
)  # fmt: skip
async def test_other_content_types_are_415(anybody: Client, content_type: str | None) -> None:
    error = await refusal(anybody, CREATE, json.dumps(wish()).encode(), content_type)
    assert (error["status"], error["code"]) == (415, "not_json")


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "Application/JSON", "application/x+json"])
async def test_json_may_be_announced_in_any_of_its_ways(anybody: Client, content_type: str) -> None:
    reply = await anybody.http.post(CREATE, content=json.dumps(wish()), headers={"Content-Type": content_type})
    assert reply.status_code == 201


async def test_a_body_larger_than_the_limit_is_413_announced_or_not(anybody: Client) -> None:
    body = json.dumps(wish(name="x" * LARGEST)).encode()
    assert (await refusal(anybody, CREATE, body))["status"] == 413

    async def in_chunks() -> Any:
        for start in range(0, len(body), 8192):
            yield body[start : start + 8192]

    reply = await anybody.http.post(CREATE, content=in_chunks(), headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_large")


async def test_a_body_at_the_limit_is_read(anybody: Client) -> None:
    body = json.dumps(wish()).encode()
    padded = body + b" " * (LARGEST - len(body))
    reply = await anybody.http.post(CREATE, content=padded, headers={"Content-Type": "application/json"})
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
    anybody: Client, change: str, field: str
) -> None:
    body = '{"contentType": "x_post", "frequency": "daily", "timeOfDay": "09:00", ' + change + ', "timezone": "UTC"}'
    error = await refusal(anybody, CREATE, body.encode())
    assert (error["status"], error["details"]["field"]) == (422, field)


@pytest.mark.parametrize("path", ["/api/nothing", "/api", "/api/schedules/", "/x%00y", "/%ff", "/api/schedule/create/"])
async def test_what_is_not_there_is_404_in_the_same_shape(anybody: Client, path: str) -> None:
    assert (await anybody.refused(404, path))["code"] == "not_found"


@pytest.mark.parametrize(("method", "path"), [("GET", CREATE), ("PUT", "/api/schedules"), ("DELETE", "/api/contents")])
async def test_another_method_is_405_in_the_same_shape(anybody: Client, method: str, path: str) -> None:
    reply = await anybody.http.request(method, path)
    assert (reply.status_code, reply.json()["error"]["code"]) == (405, "method_not_allowed")
    assert reply.headers["allow"]
