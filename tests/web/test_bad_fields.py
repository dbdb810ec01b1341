"""A field that cannot be used is named as it is spelled on the wire, wherever it stands."""

import pytest

from tests.web.client import Client, wish

CREATE = "/api/schedule/create"


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
        ({"settings": {"count": 0}}, "settings.count"),
        ({"settings": {"count": 21}}, "settings.count"),
        ({"settings": {"count": "3"}}, "settings.count"),
        ({"settings": {"count": 1.5}}, "settings.count"),
        ({"settings": {"count": True}}, "settings.count"),
        ({"settings": {"count": None}}, "settings.count"),
        ({"settings": {"quality": "best"}}, "settings.quality"),
        ({"settings": {"models": "anthropic/claude-sonnet-5-5"}}, "settings.models"),
        ({"settings": {"models": ["claude-sonnet-5-5"]}}, "settings.models[0]"),
        ({"settings": {"models": ["openai/gpt\n"]}}, "settings.models[0]"),
        ({"settings": {"models": ["own/gone"]}}, "settings.models[0]"),
        ({"settings": {"models": ["anthropic/claude-sonnet-5-5"] * 6}}, "settings.models"),
        ({"settings": {"links": ["javascript:alert(1)"]}}, "settings.links[0]"),
        ({"settings": {"links": ["https://ok.example.org", "https://a b"]}}, "settings.links[1]"),
        ({"settings": {"links": ["https://x.org/" + "x" * 500]}}, "settings.links[0]"),
        ({"settings": {"links": ["https://x.org"] * 11}}, "settings.links"),
        ({"settings": {"promptType": "custom", "customPrompt": "{recent_titles} " * 3}}, "settings.customPrompt"),
        ({"settings": {"targets": ["x"]}}, "settings.targets[0]"),
        ({"settings": {"targets": ["00000000-0000-4000-8000-000000000000"]}}, "settings.targets[0]"),
        ({"settings": {"targets": "x"}}, "settings.targets"),
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
    anybody: Client, fields: dict[str, object], field: str
) -> None:
    before = await anybody.get("/api/schedules")
    error = await anybody.refused(422, CREATE, wish(**fields))
    assert error["code"] == "invalid"
    assert error["details"]["field"] == field
    assert await anybody.get("/api/schedules") == before


async def test_several_problems_are_told_at_once(anybody: Client) -> None:
    error = await anybody.refused(422, CREATE, {"name": 5, "frequency": "never", "surprise": 1})
    fields = {problem["field"] for problem in error["details"]["problems"]}
    assert fields == {"name", "frequency", "contentType", "surprise"}


async def test_what_was_sent_is_never_sent_back(anybody: Client) -> None:
    secret = "hunter2 is the password!"
    for body in ({"name": [secret], 5: 1}, wish(rrule=secret), wish(settings={"language": secret})):
        reply = await anybody.http.post(CREATE, json=body)
        assert reply.status_code == 422
        assert secret not in reply.text


@pytest.mark.parametrize("path", [f"/api/schedule/{verb}" for verb in ("pause", "resume", "delete", "restore", "run")])
@pytest.mark.parametrize("value", ["", "x", 5, None, [], {}, "../1", "0" * 400, "00000000-0000-0000-0000-00000000000g"])
async def test_what_is_no_id_is_refused_by_name(anybody: Client, path: str, value: object) -> None:
    error = await anybody.refused(422, path, {"scheduleId": value})
    assert error["details"]["field"] == "scheduleId"


@pytest.mark.parametrize("n", [0, -1, 51, 10**9, "5", 2.5, None])
async def test_a_preview_lists_one_to_fifty(anybody: Client, n: object) -> None:
    error = await anybody.refused(422, "/api/schedule/preview", {"frequency": "daily", "timeOfDay": "09:00", "n": n})
    assert error["details"]["field"] == "n"


@pytest.mark.parametrize("fields", [{"count": 0}, {"count": 21}, {"count": "2"}, {"quality": "best"}, {"surprise": 1}])
async def test_a_run_now_names_what_it_cannot_do(anybody: Client, fields: dict[str, object]) -> None:
    named = {"scheduleId": "7b2f6a52-0d1c-4c0b-9a52-5a1d7d1d8f11"}
    error = await anybody.refused(422, "/api/schedule/run", {**named, **fields})
    assert error["details"]["field"] == next(iter(fields))


@pytest.mark.parametrize("path", ["/api/schedules", "/api/contents", "/api/alerts"])
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
async def test_a_query_that_cannot_be_used_is_named(anybody: Client, path: str, query: str, field: str) -> None:
    error = await anybody.refused(422, f"{path}?{query}")
    assert error["details"]["field"] == field


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 201, "a\tb"])
async def test_an_idempotency_key_is_printable_and_short(anybody: Client, key: str) -> None:
    reply = await anybody.http.post(CREATE, json=wish(), headers={"Idempotency-Key": key.encode("latin-1")})
    assert (reply.status_code, reply.json()["error"]["details"]["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize("path", ["/api/schedules/x", "/api/schedules/x/runs", "/api/runs/%00", "/api/contents/-1"])
async def test_what_is_no_id_in_a_path_is_refused(anybody: Client, path: str) -> None:
    assert (await anybody.refused(422, path))["details"]["field"] in ("scheduleId", "runId", "contentId")
