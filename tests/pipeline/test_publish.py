"""A text goes out once at each account, at its time, by the message that was sent for it."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from dev.platforms.script import Failing, Fault
from tests.pipeline.press import Press

POSTS = ("mastodon", "bluesky", "x", "discord", "slack", "webhook")
ARTICLES = ("wordpress", "newsletter", "slack", "webhook")


@pytest.mark.parametrize(
    ("kind", "platforms"), [("x_post", POSTS), ("x_thread", POSTS), ("blog_post", ARTICLES), ("newsletter", ARTICLES)]
)
async def test_a_schedules_text_goes_out_to_all_its_targets_at_its_time(
    press: Press, kind: str, platforms: tuple[str, ...]
) -> None:
    accounts = {platform: await press.connect(platform) for platform in platforms}
    schedule = await press.world.create(contentType=kind, settings={"targets": list(accounts.values())})
    await press.until(9, 1)
    story = await press.world.story_of_publications(schedule)
    assert sorted(story) == sorted(f"09:00 {platform} published" for platform in platforms)
    for row in await press.world.publications(schedule):
        assert row["external_id"]
        assert len(press.made(str(row["account_id"]))) >= 1
        assert row["attempt"] == 1
    assert await press.world.ledger.fetchval(
        "select array_agg(distinct status::text) from app.contents where schedule_id = $1", schedule
    ) == ["published"]
    await press.world.change("delete", schedule)


async def test_a_text_written_ahead_waits_for_its_time(press: Press) -> None:
    account = await press.connect("mastodon")
    schedule = await press.world.create(leadTime="PT20M", settings={"targets": [account]})
    await press.until(8, 59)
    assert await press.world.story(schedule) == ["09:00 succeeded"]
    assert press.made(account) == []
    await press.until(9, 1)
    assert [made.at for made in press.made(account)] == [press.at(9)]
    await press.world.change("delete", schedule)


async def test_of_many_messages_at_once_one_sends(press: Press) -> None:
    account = await press.connect("discord")
    publication = await press.publish(account, at=press.at(9))
    press.lose_messages()
    press.world.skip(to=press.at(9))
    answers = await asyncio.gather(*(press.knock(publication) for _ in range(12)))
    outcomes = Counter(answer.json()["outcome"] for answer in answers)
    assert outcomes["published"] == 1
    assert outcomes.total() == outcomes["published"] + outcomes["busy"] + outcomes["done"]
    assert len(press.made(account)) == 1
    busy = [answer for answer in answers if answer.json()["outcome"] == "busy"]
    assert all(answer.status_code == 503 and 0 < int(answer.headers["retry-after"]) <= 300 for answer in busy)


@pytest.mark.parametrize("after", [timedelta(0), timedelta(minutes=3), timedelta(hours=2)])
async def test_what_qstash_delivers_twice_goes_out_once(press: Press, after: timedelta) -> None:
    account = await press.connect("discord")
    press.qstash.faults.duplicate_next(after=after, to="/api/content/publish")
    publication = await press.publish(account, at=press.at(9))
    await press.until(11, 5)
    assert await press.story(publication) == "published"
    assert len(press.made(account)) == 1


async def test_a_message_that_comes_too_early_is_sent_again_for_its_time(press: Press) -> None:
    account = await press.connect("mastodon")
    publication = await press.publish(account, at=press.at(9))
    press.lose_messages()
    answer = await press.knock(publication)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "waiting")
    assert press.made(account) == []
    await press.world.write("update app.publications set armed_for = null where id = $1", publication)
    await press.knock(publication)
    await press.until(9, 0, 1)
    assert await press.story(publication) == "published"


async def test_an_account_publishes_in_the_order_of_its_times_whatever_the_order_of_the_messages(press: Press) -> None:
    account = await press.connect("discord")
    publications = [await press.publish(account, at=press.at(9, minute)) for minute in range(4)]
    press.lose_messages()
    press.world.skip(to=press.at(9, 10))
    for publication in reversed(publications):
        await press.knock(publication)
    rows = [await press.row(publication) for publication in publications]
    assert [row["status"] for row in rows] == ["published"] * 4
    assert await press.sent(*publications) == press.ids(account)


async def test_a_message_for_one_publishes_what_its_account_has_kept_waiting_longer(press: Press) -> None:
    account = await press.connect("mastodon")
    first, second = [await press.publish(account, at=press.at(9, minute)) for minute in (0, 1)]
    press.lose_messages()
    press.world.skip(to=press.at(9, 2))
    answer = await press.knock(second)
    assert answer.json() == {"outcome": "published", "publicationId": second}
    assert [await press.story(it) for it in (first, second)] == ["published"] * 2


async def test_a_thread_is_one_chain_with_each_part_written_down(press: Press) -> None:
    for platform in ("x", "mastodon", "bluesky"):
        account = await press.connect(platform)
        publication = await press.publish(account, kind="x_thread", at=press.at(9))
        await press.until(9, 1)
        row = await press.row(publication)
        assert row["status"] == "published"
        assert await press.sent(publication) == press.ids(account)
        assert len(row["parts"]) > 1
        assert row["external_id"] == row["parts"][0]["external_id"]
        press.world.skip(to=press.at(8, 59))


async def test_a_thread_goes_on_at_the_first_post_that_is_not_out(press: Press) -> None:
    account = await press.connect("x")
    stand_in, name = press.of(account)
    stand_in.script.weather = lambda who, _: (
        Fault(Failing.THROTTLE, retry_after=timedelta(minutes=5))
        if who == name and len(press.made(account)) == 2
        else None
    )
    publication = await press.publish(account, kind="x_thread", at=press.at(9))
    await press.until(9, 1)
    row = await press.row(publication)
    assert (row["status"], len(row["parts"])) == ("waiting", 2)
    stand_in.script.clear()
    await press.until(9, 6)
    row = await press.row(publication)
    assert row["status"] == "published"
    assert await press.sent(publication) == press.ids(account)


async def test_what_a_platform_charges_is_in_the_ledger(press: Press) -> None:
    account = await press.connect("x")
    publication = await press.publish(account, kind="x_thread", at=press.at(9))
    await press.until(9, 1)
    assert (await press.row(publication))["cost"] == 15_000 * len(press.made(account))


async def test_nothing_goes_out_of_a_workspace_that_is_stopped(press: Press) -> None:
    account = await press.connect("mastodon")
    publication = await press.publish(account, at=press.at(9))
    await press.world.write("update app.workspaces set paused_at = $1", press.world.now)
    press.world.skip(to=press.at(9))
    answer = await press.knock(publication)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "held")
    assert press.made(account) == []
    await press.world.write("update app.workspaces set paused_at = null")
    await press.knock(publication)
    assert await press.story(publication) == "published"


async def test_a_message_about_nothing_is_answered_once(press: Press) -> None:
    answer = await press.knock("11111111-1111-4111-8111-111111111111")
    assert (answer.status_code, answer.json()["outcome"]) == (200, "stale")
    answer = await press.world.deliver({"publicationId": "nonsense"}, path="/api/content/publish")
    assert answer.status_code == 489
