"""What proves us to a platform comes in and never goes out again: by no answer, refusal, log, row or document."""

import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from dev.platforms.script import Doing, Failing, Fault
from dev.stack import Stack
from lib.app import create_app
from lib.domain.account import Platform
from lib.domain.connect_forms import FORMS, Place, wire_name
from lib.domain.credentials import Grant
from lib.errors import PublishFailed, PublishFault
from lib.pipeline.connect import Connecting, news_of
from lib.pipeline.try_account import Tried
from lib.settings import Settings
from tests.web.client import Client

CONNECT = "/api/account/connect"
BY_FORM = ("wordpress", "mastodon", "bluesky", "discord", "slack", "newsletter", "webhook")
TABLES = ("accounts", "credentials", "oauth_states", "alerts", "audit_log", "publications", "contents", "schedules")
NEVER_ANSWERED = re.compile("credential|secret|token|passw|sealed|keyid|apikey|verifier", re.IGNORECASE)


class Overhearing(httpx.AsyncBaseTransport):
    """Everything that a client is answered, headers included."""

    def __init__(self) -> None:
        self.inner = httpx.AsyncHTTPTransport()
        self.heard: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = await self.inner.handle_async_request(request)
        await reply.aread()
        self.heard += [reply.text, str(reply.headers)]
        return reply

    async def aclose(self) -> None:
        await self.inner.aclose()


@contextmanager
def all_logs() -> Iterator[list[str]]:
    """Whatever anybody logs, at any level, formatted with its traceback."""
    lines: list[str] = []
    formatter = logging.Formatter()
    handler = logging.Handler(logging.DEBUG)
    handler.emit = lambda record: lines.append(formatter.format(record))  # type: ignore[method-assign]
    loggers = [logging.getLogger(), logging.getLogger("drumbeat")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)


@pytest.fixture
async def overheard(ada: Client) -> AsyncIterator[tuple[Client, list[str]]]:
    """Ada, and everything that she is answered."""
    transport = Overhearing()
    async with httpx.AsyncClient(
        base_url=ada.stack.url, headers=ada.http.headers, timeout=30, transport=transport
    ) as http:
        yield Client(http, ada.stack, ada.email), transport.heard


def secrets_of(wish: dict[str, Any]) -> list[str]:
    """The secret ones among the credentials, and of a chat's address the part that makes it one."""
    fields = {wire_name(it.name): it for it in FORMS[Platform(wish["platform"])]}
    whole = [value for name, value in wish["credentials"].items() if fields[name].is_secret]
    return whole + [value.rpartition("/")[2] for value in whole if wish["platform"] in ("discord", "slack")]


async def rows_of(stack: Stack) -> str:
    assert stack.database is not None
    connection = await asyncpg.connect(stack.database.owner)
    try:
        return "\n".join(
            [
                row["row"]
                for table in TABLES
                for row in await connection.fetch(f"select to_jsonb(t)::text as row from app.{table} t")  # noqa: S608
            ]
        )
    finally:
        await connection.close()


@pytest.mark.parametrize("platform", BY_FORM)
async def test_no_answer_log_or_row_has_them_in_the_life_of_an_account(
    overheard: tuple[Client, list[str]], platform: str
) -> None:
    client, heard = overheard
    stand_in = client.stack.platforms[platform]
    wishes = [stand_in.new_account("whole-life")]
    with all_logs() as logged:
        account = (await client.post(CONNECT, wishes[0]))["account"]
        named = {"accountId": account["id"]}
        for path in ("accounts", f"accounts/{account['id']}", "platforms", "workspaces", "openapi.json"):
            await client.get(f"/api/{path}")
        await client.post("/api/account/test", named)
        await client.post("/api/account/update", {**named, "name": "New"})
        stand_in.revoke("whole-life")
        await client.refused(422, "/api/account/test", named)
        await client.refused(422, CONNECT, wishes[0])
        wishes.append(stand_in.new_account("whole-life"))
        await client.post(CONNECT, wishes[1])
        for how in (Failing.STATUS, Failing.DROP_AFTER, Failing.THROTTLE):
            for doing in Doing:
                stand_in.script.fail(Fault(how, on=doing, status=500), account="whole-life")
            await client.http.post("/api/account/test", json=named)
            stand_in.script.clear()
        await client.get("/api/alerts")
        stored = await rows_of(client.stack)
        await client.post("/api/account/remove", named)
    told = "\n".join([*heard, *logged])
    for secret in [it for wish in wishes for it in secrets_of(wish)]:
        assert secret not in told
        assert secret not in stored
    assert account["id"] not in (await sealed_ids(client.stack)), "removed, there is nothing left to open"


async def sealed_ids(stack: Stack) -> set[str]:
    assert stack.database is not None
    connection = await asyncpg.connect(stack.database.owner)
    try:
        return {str(row["account_id"]) for row in await connection.fetch("select account_id from app.credentials")}
    finally:
        await connection.close()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 500])
async def test_a_platform_that_repeats_what_it_was_sent_is_not_passed_on(
    overheard: tuple[Client, list[str]], status: int
) -> None:
    client, heard = overheard
    stand_in = client.stack.platforms["mastodon"]
    wish = stand_in.new_account("parrot")
    (token,) = wish["credentials"].values()
    account = (await client.post(CONNECT, wish))["account"]
    parrot = Fault(
        Failing.STATUS, on=Doing.READ, status=status, says=json.dumps({"error": f"{token} is wrong, Bearer {token}!"})
    )
    with all_logs() as logged:
        for path, body in ((CONNECT, wish), ("/api/account/test", {"accountId": account["id"]})):
            stand_in.script.fail(parrot, account="parrot")
            reply = await client.http.post(path, json=body)
            assert reply.status_code in (422, 503)
        stand_in.script.clear()
        await client.get("/api/accounts")
        await client.get("/api/alerts")
    assert token not in "\n".join([*heard, *logged, await rows_of(client.stack)])


SECRET = "hunter2-is-the-password-of-ada"


@pytest.mark.parametrize(
    "wish",
    [
        {"platform": SECRET},
        {"platform": "mastodon", "credentials": {"token": [SECRET]}},
        {"platform": "mastodon", "credentials": {"token": {"is": SECRET}}},
        {"platform": "mastodon", "credentials": [SECRET]},
        {"platform": "mastodon", "credentials": SECRET},
        {"platform": "mastodon", "credentials": {"token": SECRET}},
        {"platform": "mastodon", "credentials": {"token": SECRET * 20}},
        {"platform": "mastodon", "credentials": {"password": SECRET, "token": SECRET}},
        {"platform": "mastodon", "credentials": {"token": SECRET}, "settings": {"server": SECRET}},
        {"platform": "mastodon", "credentials": {"token": SECRET}, "settings": {"server": "https://127.0.0.1"}},
        {"platform": "mastodon", "credentials": {SECRET: "token"}, "settings": {"server": "https://m.example"}},
        {"platform": "mastodon", "credentials": {SECRET * 3: "token"}},
        {"platform": "mastodon", "credentials": {f"{SECRET}{n}": "x" for n in range(12)}},
        {"platform": "discord", "credentials": {"url": f"https://discord.com/api/webhooks/1/{SECRET}"}},
        {"platform": "slack", "credentials": {"url": f"https://hooks.slack.com/services/T/B/{SECRET}"}},
        {"platform": "webhook", "credentials": {"url": f"https://localhost/{SECRET}", "secret": SECRET}},
        {"platform": "newsletter", "credentials": {"apiKey": SECRET, "api_key": SECRET}},
        {"platform": "newsletter", "credentials": {"apiKey": SECRET}, "settings": {"from": SECRET, "to": SECRET}},
        {"platform": "slack", "workspaceId": SECRET},
        {"platform": "slack", "name": [SECRET]},
    ],
)
async def test_a_refusal_never_repeats_what_was_typed(
    overheard: tuple[Client, list[str]], wish: dict[str, Any]
) -> None:
    client, heard = overheard
    with all_logs() as logged:
        reply = await client.http.post(CONNECT, json=wish)
    assert reply.status_code in (422, 503)
    assert SECRET not in "\n".join([*heard, *logged])


async def test_no_schema_of_an_answer_has_a_place_for_them() -> None:
    document = create_app(Settings()).openapi()
    answered: set[str] = set()

    def collect(schema: object) -> None:
        if isinstance(schema, dict):
            name = str(schema.get("$ref", "")).rpartition("/")[2]
            if name and name not in answered:
                answered.add(name)
                collect(document["components"]["schemas"][name])
            for it in schema.values():
                collect(it)
        elif isinstance(schema, list):
            for it in schema:
                collect(it)

    for item in document["paths"].values():
        for operation in item.values():
            collect(operation["responses"])
    assert {"AccountAnswer", "AccountOutcome", "PlatformAnswer", "PublicationAnswer"} <= answered
    allowed = {"isSecret"}  # of a form's field: whether what is typed there may be seen
    for name in answered:
        fields = document["components"]["schemas"][name].get("properties", {})
        leaking = {field for field in fields if NEVER_ANSWERED.search(field)} - allowed - {"tokensIn", "tokensOut"}
        assert not leaking, (name, leaking)


def test_no_example_of_the_document_is_a_secret_of_the_stack(stack: Stack) -> None:
    document = json.dumps(create_app(Settings.from_environment(stack.settings_env())).openapi(), ensure_ascii=False)
    keys = [value for name, value in stack.settings_env().items() if re.search("KEY|SECRET|TOKEN", name)]
    assert keys
    assert not [key for key in keys if key in document]
    connect = json.loads(document)["components"]["schemas"]["ConnectWish"]["properties"]["credentials"]
    assert connect["writeOnly"] is True
    assert "example" not in json.dumps(connect)


def test_what_holds_them_does_not_show_them_in_a_traceback() -> None:
    held = {"token": SECRET}
    wish = Connecting(Platform.MASTODON, None, None, held, {})
    assert SECRET not in f"{wish!r} {Grant(held, None)!r} {Tried(1, held)!r}"


@pytest.mark.parametrize("fault", PublishFault)
def test_whatever_a_platform_says_it_is_told_without_them(fault: PublishFault) -> None:
    failure = PublishFailed(fault, "mastodon: answered with status 400", reason=f"{SECRET} no {SECRET[:-1]}x {SECRET}")
    news = news_of(failure, Platform.MASTODON, {"token": SECRET, "short": "no"})
    assert SECRET not in f"{news} {news.message} {news.details}"
    if fault in (PublishFault.UNAUTHORIZED, PublishFault.REFUSED, PublishFault.GONE):
        assert news.details["field"] == "credentials"
        assert " no " in news.message, "an ordinary word stays, though somebody took it for a password"


def test_whatever_is_secret_in_a_form_is_sealed() -> None:
    for fields in FORMS.values():
        assert all(field.place is Place.CREDENTIALS for field in fields if field.is_secret)
