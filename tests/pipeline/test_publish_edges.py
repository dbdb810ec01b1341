"""Long threads, spent quotas, dead messages, misfits, and platforms where a person posts."""

import base64
import json
from datetime import timedelta

import pytest

from dev.platforms.script import Failing, Fault
from tests.pipeline.press import Press
from tests.stack import FAILED


async def test_a_thread_on_a_slow_platform_goes_on_in_another_call_before_the_host_ends_this_one(press: Press) -> None:
    account = await press.connect("mastodon")
    stand_in, name = press.of(account)
    stand_in.script.weather = lambda who, _: Fault(slow=timedelta(seconds=120)) if who == name else None
    publication = await press.publish(account, kind="x_thread", at=press.at(9))
    await press.until(9, 30)
    stand_in.script.clear()
    row = await press.row(publication)
    assert row["status"] == "published"
    assert len(row["parts"]) > 2
    assert row["attempt"] == 1 + (len(row["parts"]) - 1) // 2, "two posts of 120 s fit into 240 s"
    assert await press.sent(publication) == press.ids(account)


async def test_where_qstash_takes_no_new_message_the_same_one_comes_again(press: Press) -> None:
    account = await press.connect("mastodon")
    press.fail(account, Fault(Failing.THROTTLE, retry_after=timedelta(minutes=3)))
    publication = await press.publish(account, at=press.at(9))
    press.qstash.faults.quota_spent = True
    await press.until(9, 2)
    assert await press.story(publication) == "waiting"
    assert (await press.row(publication))["arm_count"] == 1
    await press.until(9, 4)
    press.qstash.faults.quota_spent = False
    assert await press.story(publication) == "published"


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_message_that_qstash_gives_up_is_settled_from_the_ledger(press: Press, is_late: bool) -> None:
    account = await press.connect("mastodon")
    publication = await press.publish(account, at=press.at(9))
    press.lose_messages()
    if is_late:
        await press.world.write("update app.publications set late_at = $2 where id = $1", publication, press.at(9, 5))
    press.world.skip(to=press.at(9, 10))
    source = base64.b64encode(json.dumps({"publicationId": publication}).encode()).decode()
    letter = {"dlqId": f"dlq_{publication}", "status": 503, "url": "…", "sourceBody": source}
    for _ in range(2):
        answer = await press.world.deliver(letter, path=FAILED)
        assert (answer.status_code, answer.json()["outcome"]) == (200, "failed" if is_late else "waiting")
    await press.world.sweep()
    await press.until(9, 30)
    assert await press.story(publication) == ("failed: delivery" if is_late else "published")


async def test_a_text_that_does_not_fit_is_given_up_and_nothing_is_sent(press: Press) -> None:
    account = await press.connect("x")
    text = await press.text()
    publication = await press.publish(account, text=text, at=press.at(9))
    await press.world.write("update app.contents set body = repeat('Too long. ', 40) where id = $1", text)
    stand_in, name = press.of(account)
    asked = stand_in.calls[name]
    await press.until(9, 5)
    row = await press.row(publication)
    assert await press.story(publication) == "failed: invalid"
    assert "at most 280" in row["errors"][-1]["message"]
    assert press.made(account) == []
    assert stand_in.calls[name] == asked


async def test_where_people_post_themselves_they_are_given_it_at_its_time(press: Press) -> None:
    made = await press.world.person.post(
        "/api/account/connect", platform="naver_blog", settings={"blog": "https://blog.naver.com/tea"}
    )
    account = str(made["account"]["id"])
    publication = await press.publish(account, kind="blog_post", at=press.at(9))
    await press.until(8, 59)
    assert await press.story(publication) == "waiting"
    await press.until(9, 1)
    assert await press.story(publication) == "handed_off"
    kinds = await press.world.ledger.fetchval(
        "select array_agg(kind::text) from app.alerts where account_id = $1 and resolved_at is null", account
    )
    assert kinds == ["handed_off"]
    link = "https://blog.naver.com/tea/1"
    await press.world.person.post("/api/publication/mark-published", publicationId=publication, url=link)
    assert await press.story(publication) == "published"


async def test_an_operators_mistake_with_the_keys_costs_time_and_no_account(press: Press) -> None:
    account = await press.connect("mastodon")
    publication = await press.publish(account, at=press.at(9))
    await press.world.write("update app.credentials set key_id = 'taken-away' where account_id = $1", account)
    await press.until(9, 10)
    row = await press.row(publication)
    assert (row["status"], row["errors"][-1]["fault"]) == ("waiting", "configuration")
    assert (await press.account(account))["status"] == "active"
    key = press.services.vault.key_id
    await press.world.write("update app.credentials set key_id = $2 where account_id = $1", account, key)
    await press.until(9, 30)
    assert await press.story(publication) == "published"
