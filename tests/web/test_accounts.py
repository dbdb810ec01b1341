"""Accounts are connected by what their platform gave, tried out, kept in step with a person's habits, and removed."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from dev.platforms.script import Doing, Failing, Fault
from dev.serving import Trouble
from dev.stack import Stack
from tests.web.client import Client

CONNECT = "/api/account/connect"
BY_FORM = ("wordpress", "mastodon", "bluesky", "discord", "slack", "newsletter", "webhook")
NOTHING = {"{}"}  # the data of a `connection.test`, which a webhook's other side answers and does not publish
ASSISTED = {
    "naver_blog": {"blog": "https://blog.naver.com/tea"},
    "linkedin": {"profile": "https://www.linkedin.com/in/tea"},
}


async def connect(client: Client, platform: str, holder: str = "ada", **more: object) -> Any:
    wish = {**client.stack.platforms[platform].new_account(holder), **more}
    return (await client.post(CONNECT, wish))["account"]


@pytest.mark.parametrize("platform", BY_FORM)
async def test_every_platform_with_a_form_is_connected_and_works(ada: Client, platform: str) -> None:
    account = await connect(ada, platform)
    assert (account["platform"], account["status"], account["statusReason"]) == (platform, "active", None)
    assert account["name"]
    assert (await ada.get("/api/accounts"))["accounts"] == [account]
    assert (await ada.get(f"/api/accounts/{account['id']}")) == {"account": account, "role": "owner"}
    tried = await ada.post("/api/account/test", {"accountId": account["id"]})
    assert (tried["outcome"], tried["account"]["status"]) == ("works", "active")
    assert {made.text for made in ada.stack.platforms[platform].made_by("ada")} <= NOTHING


@pytest.mark.parametrize("platform", ASSISTED)
async def test_where_a_person_posts_there_is_nothing_to_prove(ada: Client, platform: str) -> None:
    wish = {"platform": platform, "settings": ASSISTED[platform]}
    account = (await ada.post(CONNECT, wish))["account"]
    assert account["status"] == "active"
    assert account["settings"] == ASSISTED[platform]
    assert (await ada.post("/api/account/test", {"accountId": account["id"]}))["outcome"] == "works"


async def test_the_same_account_again_is_connected_anew(ada: Client) -> None:
    stand_in = ada.stack.platforms["mastodon"]
    account = await connect(ada, "mastodon", "again")
    renamed = {"accountId": account["id"], "name": "Ours", "spacing": "PT10M"}
    await ada.post("/api/account/update", renamed)
    stand_in.revoke("again")
    await ada.stack.advance(timedelta(seconds=1))
    again = await ada.post(CONNECT, stand_in.new_account("again"))
    assert again["outcome"] == "reconnected"
    assert again["account"]["id"] == account["id"]
    assert (again["account"]["name"], again["account"]["spacing"]) == ("Ours", "PT10M")
    assert (await ada.post("/api/account/test", {"accountId": account["id"]}))["outcome"] == "works"


async def test_a_name_of_ones_own_is_kept(ada: Client) -> None:
    assert (await connect(ada, "discord", name="  Our channel "))["name"] == "Our channel"


@pytest.mark.parametrize("platform", BY_FORM)
async def test_wrong_credentials_are_the_callers_news_and_nothing_is_kept(ada: Client, platform: str) -> None:
    stand_in = ada.stack.platforms[platform]
    wish = stand_in.new_account("wrong")
    stand_in.revoke("wrong")
    error = await ada.refused(422, CONNECT, wish)
    assert (error["code"], error["details"]["field"]) == ("invalid", "credentials")
    assert (await ada.get("/api/accounts"))["accounts"] == []


@pytest.mark.parametrize("platform", BY_FORM)
async def test_an_account_that_is_refused_says_so_until_it_works_again(ada: Client, platform: str) -> None:
    stand_in = ada.stack.platforms[platform]
    account = await connect(ada, platform, "revoked")
    named = {"accountId": account["id"]}
    stand_in.revoke("revoked")
    error = await ada.refused(422, "/api/account/test", named)
    assert error["details"]["field"] == "credentials"
    lost = (await ada.get(f"/api/accounts/{account['id']}"))["account"]
    assert lost["status"] == "needs_reauth"
    (alert,) = (await ada.get("/api/alerts"))["alerts"]
    assert (alert["kind"], alert["resolvedAt"]) == ("account_lost", None)
    await ada.refused(422, "/api/account/test", named)
    assert len((await ada.get("/api/alerts"))["alerts"]) == 1, "one notice, however often it is tried"
    await ada.stack.advance(timedelta(seconds=1))
    await ada.post(CONNECT, stand_in.new_account("revoked"))
    assert (await ada.post("/api/account/test", named))["account"]["status"] == "active"
    (alert,) = (await ada.get("/api/alerts"))["alerts"]
    assert alert["resolvedAt"] is not None


@pytest.mark.parametrize("platform", ["discord", "webhook"])
async def test_a_webhook_that_is_gone_disables_its_account(ada: Client, platform: str) -> None:
    account = await connect(ada, platform, "gone")
    ada.stack.platforms[platform].remove("gone")
    error = await ada.refused(422, "/api/account/test", {"accountId": account["id"]})
    assert error["details"]["field"] == "credentials"
    assert (await ada.get(f"/api/accounts/{account['id']}"))["account"]["status"] == "disabled"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Failing.THROTTLE, on=Doing.READ, retry_after=timedelta(seconds=90)),
        Fault(Failing.STATUS, on=Doing.READ, status=503),
        Fault(Failing.DROP_BEFORE, on=Doing.READ),
        Fault(Failing.DROP_AFTER, on=Doing.READ),
    ],
)
@pytest.mark.parametrize("platform", ["mastodon", "wordpress", "discord"])
async def test_a_platform_that_cannot_be_asked_decides_nothing(ada: Client, platform: str, fault: Fault) -> None:
    account = await connect(ada, platform, "flaky")
    stand_in = ada.stack.platforms[platform]
    for path, body in (
        (CONNECT, stand_in.new_account("flaky")),
        ("/api/account/test", {"accountId": account["id"]}),
    ):
        stand_in.script.fail(fault, account="flaky")
        reply = await ada.http.post(path, json=body)
        stand_in.script.clear()
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, f"{platform}_unavailable")
        wait = int(reply.headers["retry-after"])
        assert wait == 90 if (platform, fault.how) == ("discord", Failing.THROTTLE) else wait > 0
    assert (await ada.get("/api/accounts"))["accounts"] == [account]


ODD = ("", "null", "[]", "7", "{}", "<html>", '{"id": {}}', '{"data": [null]}', '{"data": {"id": 5}}', "[" * 5000)


@pytest.mark.parametrize("platform", BY_FORM)
async def test_whatever_a_platform_answers_is_no_mistake_of_ours(ada: Client, platform: str) -> None:
    stand_in = ada.stack.platforms[platform]
    account = await connect(ada, platform, "odd")
    for status in (200, 201, 302, 400, 418, 500):
        for says in ODD:
            for doing in Doing:
                stand_in.script.fail(Fault(Failing.STATUS, on=doing, status=status, says=says), account="odd")
            reply = await ada.http.post(CONNECT, json=stand_in.new_account("odd"))
            stand_in.script.clear()
            assert reply.status_code in (200, 422, 503), (status, says, reply.text)
    assert [it["id"] for it in (await ada.get("/api/accounts"))["accounts"]] == [account["id"]]


async def test_a_platform_that_is_down_decides_nothing_either(ada: Client) -> None:
    account = await connect(ada, "wordpress", "down")
    line = ada.stack.lines.platforms.wordpress
    line.trouble = Trouble.CUT
    reply = await ada.http.post("/api/account/test", json={"accountId": account["id"]})
    line.trouble = Trouble.NONE
    assert reply.status_code == 503
    assert "retry-after" in reply.headers
    assert (await ada.get(f"/api/accounts/{account['id']}"))["account"] == account


async def test_when_it_may_be_published_to_is_changed_and_told(ada: Client) -> None:
    account = await connect(ada, "slack")
    cadence = {
        "timezone": "Asia/Seoul",
        "quietHours": [{"from": "22:00", "to": "07:30"}, {"from": "12:00", "to": "13:00", "days": [6, 7]}],
        "blackoutDates": ["2026-12-25", {"from": "2027-02-05", "to": "2027-02-08"}],
    }
    wish = {"accountId": account["id"], "name": "Team", "cadence": cadence, "spacing": "PT15M"}
    changed = await ada.post("/api/account/update", wish)
    assert changed["outcome"] == "updated"
    told = changed["account"]
    assert (told["name"], told["spacing"], told["cadence"]) == ("Team", "PT15M", cadence)
    assert (await ada.post("/api/account/update", wish))["outcome"] == "unchanged"
    assert (await ada.post("/api/account/update", {"accountId": account["id"]}))["outcome"] == "unchanged"
    cleared = await ada.post("/api/account/update", {"accountId": account["id"], "cadence": {}, "spacing": "PT0S"})
    assert (cleared["account"]["cadence"], cleared["account"]["spacing"]) == ({}, "PT0S")
    assert cleared["account"]["name"] == "Team"


async def test_a_removed_account_is_gone_from_the_list_and_stays_gone(ada: Client) -> None:
    account = await connect(ada, "discord", "removed")
    named = {"accountId": account["id"]}
    removed = await ada.post("/api/account/remove", named)
    assert (removed["outcome"], removed["account"]["status"]) == ("removed", "removed")
    assert await ada.post("/api/account/remove", named) == removed
    assert (await ada.get("/api/accounts"))["accounts"] == []
    assert (await ada.get(f"/api/accounts/{account['id']}"))["account"] == removed["account"]
    for path, body in (("test", named), ("update", {**named, "name": "x"})):
        assert (await ada.refused(409, f"/api/account/{path}", body))["code"] == "account_removed"
    again = await connect(ada, "discord", "removed")
    assert again["id"] != account["id"]


async def test_two_who_connect_the_same_account_at_once_have_one(ada: Client, stack: Stack) -> None:
    stand_in = stack.platforms["mastodon"]
    wishes = [stand_in.new_account("both") for _ in range(4)]
    answers = await asyncio.gather(*(ada.post(CONNECT, wish) for wish in wishes))
    assert len({it["account"]["id"] for it in answers}) == 1
    named = {"accountId": answers[0]["account"]["id"]}
    assert (await ada.post("/api/account/test", named))["outcome"] == "works"
