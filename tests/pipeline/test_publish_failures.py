"""What a platform does not take: tried again where that may help, given up in clear words where it does not."""

from datetime import timedelta

import pytest

from dev.platforms.script import Failing, Fault
from dev.serving import Trouble
from tests.pipeline.press import Press

DOWN = Fault(Failing.STATUS, status=503)
PLATFORMS = ("mastodon", "bluesky", "x", "discord")


async def alerts(press: Press, account: str) -> list[str]:
    found = await press.world.ledger.fetch(
        "select kind::text from app.alerts where account_id = $1 and resolved_at is null order by kind", account
    )
    return [row["kind"] for row in found]


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_throttled_it_waits_as_long_as_the_platform_wishes_and_so_does_its_account(
    press: Press, platform: str
) -> None:
    account = await press.connect(platform)
    press.fail(account, Fault(Failing.THROTTLE, retry_after=timedelta(minutes=7)))
    first, second = [await press.publish(account, at=press.at(9, minute)) for minute in (0, 2)]
    await press.until(9, 6)
    assert press.made(account) == []
    assert (await press.row(first))["attempt"] == 0, "the platform has not looked at it"
    await press.until(9, 8)
    assert [await press.story(it) for it in (first, second)] == ["published"] * 2
    assert await press.sent(first, second) == press.ids(account)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_platform_that_cannot_be_reached_is_tried_again_by_itself(press: Press, platform: str) -> None:
    account = await press.connect(platform)
    press.fail(account, *[Fault(Failing.STATUS, status=429)] * 2)
    publication = await press.publish(account, at=press.at(9))
    await press.until(9, 30)
    assert await press.story(publication) == "published"
    assert len(press.made(account)) == 1


async def test_what_a_platform_refuses_for_good_is_given_up_with_its_own_words_and_one_notice(press: Press) -> None:
    account = await press.connect("mastodon")
    press.fail(account, Fault(Failing.STATUS, status=422, says='{"error": "Validation failed: Text is spam"}'))
    publication = await press.publish(account, at=press.at(9))
    await press.until(10)
    row = await press.row(publication)
    assert await press.story(publication) == "failed: refused"
    assert "Text is spam" in row["errors"][-1]["message"]
    assert await alerts(press, account) == ["publication_failed"]
    letter = await press.world.ledger.fetchrow("select * from app.dead_letters where publication_id = $1", publication)
    assert letter is not None
    assert (letter["cause"], letter["letter_status"]) == ("platform", "open")


async def test_after_a_refusal_the_account_goes_on_with_the_next(press: Press) -> None:
    account = await press.connect("discord")
    press.fail(account, Fault(Failing.STATUS, status=400))
    first, second = [await press.publish(account, at=press.at(9, minute)) for minute in (0, 1)]
    await press.until(9, 2)
    assert [await press.story(it) for it in (first, second)] == ["failed: refused", "published"]


async def test_credentials_that_are_refused_hold_the_account_until_it_is_connected_again(press: Press) -> None:
    account = await press.connect("mastodon")
    stand_in, name = press.of(account)
    first, second = [await press.publish(account, at=press.at(9, minute)) for minute in (0, 5)]
    stand_in.revoke(name)
    await press.until(9, 30)
    assert (await press.account(account))["status"] == "needs_reauth"
    assert await alerts(press, account) == ["account_lost"]
    assert [await press.story(it) for it in (first, second)] == ["waiting"] * 2
    assert await press.world.connect("mastodon", name) == account
    await press.world.sweep()
    await press.until(9, 45)
    assert [await press.story(it) for it in (first, second)] == ["published"] * 2
    assert await alerts(press, account) == []


async def test_a_deleted_webhook_disables_its_account(press: Press) -> None:
    account = await press.connect("discord")
    stand_in, name = press.of(account)
    publication = await press.publish(account, at=press.at(9))
    stand_in.remove(name)
    await press.until(9, 30)
    assert (await press.account(account))["status"] == "disabled"
    assert await press.story(publication) == "failed: account"
    assert await alerts(press, account) == ["account_lost"]


async def test_what_was_given_up_while_a_platform_was_away_is_driven_again_by_itself(press: Press) -> None:
    account = await press.connect("bluesky")
    publication = await press.publish(account, at=press.at(9))
    line = press.world.stack.lines.platforms.bluesky
    line.trouble = Trouble.CUT
    await press.until(10)
    assert await press.story(publication) == "failed: attempts"
    line.trouble = Trouble.NONE
    while press.world.now < press.at(14):
        await press.until(press.world.now.hour, press.world.now.minute + 10)
        await press.world.sweep()
    assert await press.story(publication) == "published"
    assert len(press.made(account)) == 1


async def test_quiet_hours_that_were_set_after_it_was_planned_postpone_it(press: Press) -> None:
    account = await press.connect("mastodon")
    publication = await press.publish(account, at=press.at(9))
    quiet = {"quietHours": [{"from": "08:00", "to": "10:30"}]}
    await press.world.person.post("/api/account/update", accountId=account, cadence=quiet)
    await press.until(9, 10)
    row = await press.row(publication)
    assert (row["status"], row["publish_at"], row["attempt"]) == ("waiting", press.at(10, 30), 0)
    await press.until(10, 31)
    assert [made.at for made in press.made(account)] == [press.at(10, 30)]
