"""Tokens that end are renewed before anything is sent, by one at a time, and kept before they are used."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from dev.platforms.script import Doing, Failing, Fault
from dev.serving import Trouble
from lib.domain.account import Account
from lib.errors import PublishFailed, PublishFault
from lib.pipeline.ready import opened, read
from tests.pipeline.press import Press
from tests.pipeline.taps import Around


async def credentials(press: Press, account: str) -> tuple[int, timedelta]:
    """Their version, and how long they last from now on."""
    row = await press.world.ledger.fetchrow("select * from app.credentials where account_id = $1", account)
    assert row is not None
    return row["version"], row["expires_at"] - press.world.now


async def test_an_account_whose_token_ends_soon_gets_a_new_one_before_it_publishes(press: Press) -> None:
    account = await press.connect("x")
    publication = await press.publish(account, at=press.at(12))
    await press.until(12, 1)
    assert await press.story(publication) == "published"
    version, lasts = await credentials(press, account)
    assert version == 2
    assert lasts > timedelta(minutes=115)


async def test_a_token_that_lasts_is_left_alone(press: Press) -> None:
    account = await press.connect("x")
    publication = await press.publish(account, at=press.at(9))
    await press.until(9, 1)
    assert await press.story(publication) == "published"
    assert (await credentials(press, account))[0] == 1


async def test_a_session_that_ends_before_its_time_is_renewed_and_the_post_goes_out(press: Press) -> None:
    account = await press.connect("bluesky")
    first = await press.publish(account, at=press.at(9))
    await press.until(9, 1)
    press.fail(account, Fault(Failing.STATUS, status=401))
    second = await press.publish(account, at=press.at(9, 5))
    await press.until(9, 6)
    assert [await press.story(it) for it in (first, second)] == ["published"] * 2
    assert (await press.row(second))["attempt"] == 1


async def test_two_that_need_the_token_at_once_renew_it_once(press: Press) -> None:
    """One is read back while the other is sent."""
    account = await press.connect("x")
    press.fail(account, Fault(Failing.DROP_AFTER))
    first = await press.publish(account, at=press.at(8, 50))
    await press.until(8, 51)
    assert await press.story(first) == "unknown: no_reply"
    second = await press.publish(account, at=press.at(12))
    press.lose_messages()
    press.world.skip(to=press.at(12))
    await asyncio.gather(*(press.knock(it) for it in (first, second, first, second)))
    await press.until(13)
    await press.world.sweep()
    await press.until(13, 30)
    assert [await press.story(it) for it in (first, second)] == ["published"] * 2
    assert (await credentials(press, account))[0] == 2
    assert (await press.account(account))["status"] == "active"


@pytest.mark.parametrize("redis", [Trouble.CUT, Trouble.NONE])
async def test_who_finds_the_token_renewed_by_somebody_else_uses_that_one(press: Press, redis: Trouble) -> None:
    account = await press.connect("x")
    publication = await press.publish(account, at=press.at(12))
    press.lose_messages()
    press.world.skip(to=press.at(12))
    press.world.stack.lines.redis.trouble = redis

    async def somebody_else() -> None:
        await press.world.person.post("/api/account/test", accountId=account)

    press.database.at("/read_credentials", Around.ASKING, somebody_else)
    await press.knock(publication)
    press.world.stack.lines.redis.trouble = Trouble.NONE
    await press.until(12, 30)
    await press.world.sweep()
    await press.until(13)
    assert await press.story(publication) == "published"
    assert (await press.account(account))["status"] == "active"


async def test_a_refresh_token_that_is_refused_asks_for_the_owner_and_nothing_is_sent(press: Press) -> None:
    account = await press.connect("x")
    stand_in, name = press.of(account)
    publication = await press.publish(account, at=press.at(12))
    stand_in.revoke(name)
    await press.until(12, 30)
    assert (await press.account(account))["status"] == "needs_reauth"
    assert await press.story(publication) == "waiting"
    assert press.made(account) == []
    assert await press.world.connect("x", name) == account
    await press.world.sweep()
    await press.until(12, 45)
    assert await press.story(publication) == "published"


async def test_a_token_endpoint_that_is_away_costs_time_and_no_account(press: Press) -> None:
    account = await press.connect("x")
    press.fail(account, *[Fault(Failing.STATUS, on=Doing.SIGN_IN, status=503)] * 2)
    publication = await press.publish(account, at=press.at(12))
    await press.until(12, 10)
    assert await press.story(publication) == "published"
    assert (await press.account(account))["status"] == "active"


async def test_a_platform_that_refuses_every_session_is_not_asked_for_ever(press: Press) -> None:
    account = await press.connect("x")
    press.fail(account, *[Fault(Failing.STATUS, status=401, slow=timedelta(seconds=1))] * 50)
    publication = await press.publish(account, at=press.at(9))
    await press.until(9, 30)
    assert (await press.account(account))["status"] == "needs_reauth"
    assert await press.story(publication) == "waiting"
    stand_in, name = press.of(account)
    assert stand_in.calls[name] < 10
    stand_in.script.clear()
    await press.world.connect("x", name)


async def test_new_tokens_are_kept_before_they_are_used(press: Press) -> None:
    account = await press.connect("x")
    publication = await press.publish(account, at=press.at(12))
    press.lose_messages()
    press.world.skip(to=press.at(12))

    async def look() -> None:
        assert press.made(account) == []
        assert (await credentials(press, account))[0] == 2

    press.database.at("/begin_attempt", Around.ASKING, look)
    await press.knock(publication)
    assert await press.story(publication) == "published"


async def test_new_credentials_are_not_shown_to_the_server_that_an_account_had_before(press: Press) -> None:
    """Whoever had it lead to their own server could hang there until the owner connects it anew."""
    row = await press.world.ledger.fetchval(
        "select app.account_json(a) from app.accounts a where a.id = $1", await press.connect("mastodon")
    )
    now = Account.from_row(json.loads(row))
    before = replace(now, settings={**now.settings, "server": "https://elsewhere.example"})
    with pytest.raises(PublishFailed) as failed:
        opened(before, await read(before, press.services), press.services)
    assert failed.value.fault is PublishFault.UNSENT
    assert opened(now, await read(now, press.services), press.services)["token"]
