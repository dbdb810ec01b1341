"""An account is connected at the platform itself: once, by whoever began it, within ten minutes, or not at all."""

import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx
import pytest

from dev.platforms.script import Doing, Failing, Fault
from dev.serving import Trouble
from dev.stack import Stack
from tests.web.client import PASSWORD, Client

CALLBACK = "/api/account/callback"


class Browser:
    """One with a session here, which follows nothing by itself."""

    def __init__(self, http: httpx.AsyncClient, stack: Stack) -> None:
        self.http = http
        self.stack = stack

    async def begin(self, **wish: object) -> str:
        """The platform's address."""
        reply = await self.http.post("/api/account/begin", json={"platform": "x", **wish})
        assert reply.status_code == 200, reply.text
        return str(reply.json()["url"])

    async def say_yes(self, url: str, user: str = "tea") -> str:
        """Where X sends the browser back to."""
        async with httpx.AsyncClient(cookies={"user": user}) as at_x:
            reply = await at_x.get(url)
        assert reply.status_code == 302, reply.text
        return reply.headers["location"]

    async def come_back(self, url: str) -> str:
        """The word that the page is told."""
        await self.stack.advance(timedelta(seconds=1))
        reply = await self.http.get(url)
        assert reply.status_code == 303, (reply.status_code, reply.text)
        found = re.fullmatch(r"/\?account=(connected|refused|expired)", reply.headers["location"])
        assert found is not None, reply.headers["location"]
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["referrer-policy"] == "no-referrer"
        return found[1]

    async def accounts(self) -> Any:
        return (await self.http.get("/api/accounts")).json()["accounts"]


@asynccontextmanager
async def browsing(client: Client) -> AsyncIterator[Browser]:
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=client.stack.url, headers=headers, timeout=30) as http:
        credentials = {"email": client.email, "password": PASSWORD}
        assert (await http.post("/api/session", json=credentials)).status_code == 200
        yield Browser(http, client.stack)


@pytest.fixture
async def browser(ada: Client) -> AsyncIterator[Browser]:
    """Ada's."""
    async with browsing(ada) as opened:
        yield opened


async def test_a_yes_at_the_platform_connects_the_account(ada: Client, browser: Browser) -> None:
    url = await browser.begin()
    assert await browser.come_back(await browser.say_yes(url)) == "connected"
    (account,) = await browser.accounts()
    assert (account["platform"], account["status"]) == ("x", "active")
    assert account["externalId"]
    assert (await ada.post("/api/account/test", {"accountId": account["id"]}))["outcome"] == "works"


async def test_what_leaves_us_proves_nothing_by_itself(browser: Browser) -> None:
    first, second = [parse_qs(urlsplit(await browser.begin()).query) for _ in range(2)]
    assert first["code_challenge_method"] == ["S256"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", first["code_challenge"][0])
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", first["state"][0])
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]
    assert first["redirect_uri"] == [f"{browser.stack.url}{CALLBACK}"]
    assert not {"code_verifier", "client_secret"} & first.keys()


async def test_the_same_account_again_has_new_tokens_and_its_old_id(browser: Browser) -> None:
    for _ in range(2):
        assert await browser.come_back(await browser.say_yes(await browser.begin())) == "connected"
    assert len(await browser.accounts()) == 1


async def test_tokens_that_have_ended_are_renewed_before_an_account_is_tried_out(ada: Client, browser: Browser) -> None:
    await browser.come_back(await browser.say_yes(await browser.begin()))
    (account,) = await browser.accounts()
    for _ in range(3):
        await ada.stack.advance(timedelta(hours=3))
        await ada.sign_in_again()
        assert (await ada.post("/api/account/test", {"accountId": account["id"]}))["outcome"] == "works"


async def test_consent_that_was_taken_back_needs_a_person(ada: Client, browser: Browser) -> None:
    await browser.come_back(await browser.say_yes(await browser.begin(), "leaving"))
    (account,) = await browser.accounts()
    ada.stack.platforms["x"].revoke("leaving")
    error = await ada.refused(422, "/api/account/test", {"accountId": account["id"]})
    assert error["details"]["field"] == "credentials"
    assert (await browser.accounts())[0]["status"] == "needs_reauth"
    assert await browser.come_back(await browser.say_yes(await browser.begin(), "leaving")) == "connected"
    assert (await browser.accounts())[0]["status"] == "active"
    assert (await browser.accounts())[0]["id"] == account["id"]


async def test_a_state_works_once(browser: Browser) -> None:
    back = await browser.say_yes(await browser.begin())
    assert await browser.come_back(back) == "connected"
    assert await browser.come_back(back) == "expired"
    assert len(await browser.accounts()) == 1


async def test_a_no_is_told_as_such_and_uses_the_state_up(browser: Browser) -> None:
    url = await browser.begin()
    (state,) = parse_qs(urlsplit(url).query)["state"]
    no = f"{CALLBACK}?error=access_denied&state={state}"
    assert await browser.come_back(no) == "refused"
    assert await browser.come_back(await browser.say_yes(url)) == "expired"
    assert await browser.accounts() == []


async def test_a_no_that_brings_a_code_is_a_no(browser: Browser) -> None:
    back = await browser.say_yes(await browser.begin())
    assert await browser.come_back(f"{back}&error=access_denied") == "refused"
    assert await browser.accounts() == []


async def test_only_whoever_began_ends_it(bob: Client, browser: Browser) -> None:
    back = await browser.say_yes(await browser.begin())
    async with browsing(bob) as other:
        assert await other.come_back(back) == "expired"
        assert await other.accounts() == []
    assert await browser.come_back(back) == "connected", "somebody else's knock uses nothing up"


async def test_ten_minutes_later_it_is_too_late(ada: Client, browser: Browser) -> None:
    back = await browser.say_yes(await browser.begin())
    await ada.stack.advance(timedelta(minutes=10))
    assert await browser.come_back(back) == "expired"
    assert await browser.accounts() == []


async def test_a_code_that_is_none_connects_nothing(browser: Browser) -> None:
    (state,) = parse_qs(urlsplit(await browser.begin()).query)["state"]
    assert await browser.come_back(f"{CALLBACK}?state={state}&code=guessed") == "refused"
    assert await browser.accounts() == []


async def test_anothers_code_does_not_fit_this_verifier(browser: Browser) -> None:
    first, second = await browser.begin(), await browser.begin()
    (state,) = parse_qs(urlsplit(first).query)["state"]
    (code,) = parse_qs(urlsplit(await browser.say_yes(second)).query)["code"]
    assert await browser.come_back(f"{CALLBACK}?state={state}&code={code}") == "refused"
    assert await browser.accounts() == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "state=",
        "state=x",
        "code=x",
        "state=x&code=y",
        "error=access_denied",
        "state=%00&code=%00",
        "state=%FF%FE&code=%F0%9F%98%80",
        "state=" + "x" * 5000,
        "state=x&code=" + "y" * 5000,
        "state=<script>alert(1)</script>&error=https://evil.example",
        "state=x&state=y&code=z&account=connected&next=//evil.example",
    ],
)
async def test_whatever_comes_back_only_three_words_are_told(browser: Browser, query: str) -> None:
    assert await browser.come_back(f"{CALLBACK}?{query}") == "expired"


async def test_a_platform_that_does_not_answer_connects_nothing(browser: Browser) -> None:
    line = browser.stack.lines.platforms.x
    back = await browser.say_yes(await browser.begin())
    line.trouble = Trouble.CUT
    assert await browser.come_back(back) == "expired"
    line.trouble = Trouble.NONE
    assert await browser.accounts() == []


async def test_an_account_that_does_not_say_whose_it_is_is_not_kept(browser: Browser) -> None:
    back = await browser.say_yes(await browser.begin(), "silent")
    browser.stack.platforms["x"].script.fail(Fault(Failing.STATUS, on=Doing.READ, status=503), account="silent")
    assert await browser.come_back(back) == "expired"
    assert await browser.accounts() == []


async def test_without_a_session_the_first_knock_is_sent_round_once(browser: Browser) -> None:
    """Browsers keep our session back when another site leads here, so the page knocks again from here."""
    back = await browser.say_yes(await browser.begin(), "strict")
    async with httpx.AsyncClient(base_url=browser.stack.url) as nobody:
        page = await nobody.get(back)
        again = await nobody.get(f"{back}&again=1")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for value in (*parse_qs(urlsplit(back).query)["state"], *parse_qs(urlsplit(back).query)["code"]):
        assert value not in page.text
    assert "script-src 'sha256-" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert (again.status_code, again.headers["location"]) == (303, "/?account=expired")
    assert await browser.come_back(f"{back}&again=1") == "connected", "the knocks without a session used nothing up"


async def test_the_page_that_knocks_again_is_the_same_for_everybody(browser: Browser) -> None:
    async with httpx.AsyncClient(base_url=browser.stack.url) as nobody:
        one, other = [await nobody.get(f"{CALLBACK}?state={it}") for it in ("a", "<b>")]
    assert one.content == other.content


async def test_another_site_cannot_begin_a_connection(browser: Browser) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    reply = await browser.http.post("/api/account/begin", json={"platform": "x"}, headers=headers)
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "other_site")


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "platform"),
        ({"platform": "mastodon"}, "platform"),
        ({"platform": "naver_blog"}, "platform"),
        ({"platform": "x", "redirectUri": "https://evil.example"}, "redirectUri"),
        ({"platform": "x", "workspaceId": 5}, "workspaceId"),
    ],
)
async def test_what_cannot_be_begun_names_the_field(anybody: Client, wish: dict[str, Any], field: str) -> None:
    error = await anybody.refused(422, "/api/account/begin", wish)
    assert error["details"]["field"] == field


async def test_nothing_of_it_is_logged_or_kept_in_the_open(
    browser: Browser, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("drumbeat")
    logger.addHandler(handler)
    url = await browser.begin()
    back = await browser.say_yes(url, "secretive")
    await browser.come_back(back)
    await browser.come_back(back)
    logger.removeHandler(handler)
    family = browser.stack.platforms.x.consents.families[-1]
    hidden = {
        *parse_qs(urlsplit(back).query)["state"],
        *parse_qs(urlsplit(back).query)["code"],
        *family.access,
        str(family.refresh),
    }
    assert stack.database is not None
    connection = await asyncpg.connect(stack.database.owner)
    try:
        rows = [
            dict(row)
            for table in ("accounts", "credentials", "oauth_states", "audit_log", "alerts")
            for row in await connection.fetch(f"select to_jsonb(t)::text as row from app.{table} t")  # noqa: S608
        ]
    finally:
        await connection.close()
    told = json.dumps([lines, rows])
    assert rows
    assert not [secret for secret in hidden if secret in told]
