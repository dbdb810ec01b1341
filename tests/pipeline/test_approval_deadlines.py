"""What a schedule wants done when nobody has decided in time is done, by the sweep or by the message."""

from typing import Any

import pytest

from dev.person import Refused
from dev.platforms.script import Failing, Fault
from tests.pipeline.press import Press

REVIEW_UNTIL = {"mode": "review_until", "minutesBefore": 10}


async def written(press: Press, approval: dict[str, Any], lead: str = "PT40M") -> tuple[str, dict[str, Any]]:
    """A text for 09:00 that was written ahead and waits for a yes; its schedule writes no other."""
    account = await press.connect("mastodon")
    schedule = await press.world.create(
        leadTime=lead, maxRuns=1, settings={"topic": "tea", "targets": [account], "approval": approval}
    )
    await press.until(8, 45)
    (content,) = await press.world.rows_of(schedule)
    assert content["status"] == "pending_approval"
    return account, {**content, "id": str(content["id"]), "schedule": schedule}


async def status_of(press: Press, content: dict[str, Any]) -> str:
    return str((await press.world.rows_of(content["schedule"]))[0]["status"])


async def test_nothing_goes_out_without_a_yes_however_long_that_takes(press: Press) -> None:
    account, content = await written(press, {"mode": "review"})
    await press.until(20)
    await press.world.sweep()
    assert await status_of(press, content) == "pending_approval"
    assert press.made(account) == []
    await press.world.person.post("/api/content/approve", contentId=content["id"])
    await press.until(20, 1)
    assert [made.text for made in press.made(account)] == [content["body"]]


async def test_a_yes_in_time_goes_out_at_its_time(press: Press) -> None:
    account, content = await written(press, {**REVIEW_UNTIL, "otherwise": "skip"})
    await press.world.person.post("/api/content/approve", contentId=content["id"], version=1)
    await press.until(8, 59)
    assert press.made(account) == []
    await press.until(9, 1)
    (made,) = press.made(account)
    assert made.at >= press.at(9)
    assert await status_of(press, content) == "published"


@pytest.mark.parametrize("by", ["the sweep", "the message"])
async def test_when_nobody_has_objected_it_goes_out(press: Press, by: str) -> None:
    account, content = await written(press, {**REVIEW_UNTIL, "otherwise": "publish"})
    await press.until(8, 49)
    await press.world.sweep()
    assert await status_of(press, content) == "pending_approval", "its deadline is 08:50"
    if by == "the sweep":
        press.lose_messages()
        await press.until(8, 51)
        await press.world.sweep()
        assert await status_of(press, content) == "pending_publish"
    await press.until(9, 12)
    if by == "the sweep":
        await press.world.sweep()
        await press.until(9, 13)
    assert [made.text for made in press.made(account)] == [content["body"]]
    (row,) = await press.world.rows_of(content["schedule"])
    assert (row["status"], row["decided_by"]) == ("published", None)


@pytest.mark.parametrize("by", ["the sweep", "the message"])
async def test_when_nobody_has_approved_it_expires_with_the_reason_in_the_ledger(press: Press, by: str) -> None:
    account, content = await written(press, {**REVIEW_UNTIL, "otherwise": "skip"})
    (publication,) = await press.world.publications(content["schedule"])
    await press.until(8, 51)
    if by == "the sweep":
        await press.world.sweep()
    else:
        assert (await press.knock(str(publication["id"]))).json()["outcome"] == "done"
    assert await status_of(press, content) == "expired"
    await press.until(9, 12)
    assert press.made(account) == []
    assert await press.world.story_of_publications(content["schedule"]) == ["09:00 mastodon cancelled: expired"]
    refused = await press.world.ledger.fetchval(
        "select action from app.audit_log where target = $1::uuid order by at desc limit 1", content["id"]
    )
    assert refused == "content.deadline"


async def test_a_yes_after_the_deadline_comes_too_late(press: Press) -> None:

    account, content = await written(press, {**REVIEW_UNTIL, "otherwise": "skip"})
    press.lose_messages()
    await press.until(8, 55)
    await press.world.sweep()
    with pytest.raises(Refused, match="expired"):
        await press.world.person.post("/api/content/approve", contentId=content["id"])
    await press.until(9, 30)
    assert press.made(account) == []


async def test_a_no_in_time_never_goes_out(press: Press) -> None:
    account, content = await written(press, {**REVIEW_UNTIL, "otherwise": "publish"})
    await press.world.person.post("/api/content/reject", contentId=content["id"], note="not today")
    await press.until(9, 30)
    await press.world.sweep()
    assert press.made(account) == []
    assert await press.world.story_of_publications(content["schedule"]) == ["09:00 mastodon cancelled: rejected"]


async def test_an_edit_opens_the_approval_again(press: Press) -> None:
    account, content = await written(press, {**REVIEW_UNTIL, "otherwise": "skip"})
    await press.world.person.post("/api/content/approve", contentId=content["id"], version=1)
    body = "A kettle that whistles is a clock for people who like steam more than numbers."
    edited = await press.world.person.post("/api/content/edit", contentId=content["id"], version=1, body=body)
    assert edited["content"]["status"] == "pending_approval"
    await press.until(9, 12)
    assert press.made(account) == []
    assert await status_of(press, content) == "expired"


async def test_what_was_edited_and_approved_again_is_what_goes_out(press: Press) -> None:
    account, content = await written(press, {"mode": "review"})
    body = "Oolong unrolls slowly, like a letter that somebody has folded with care."
    await press.world.person.post("/api/content/edit", contentId=content["id"], version=1, body=body)
    await press.world.person.post("/api/content/approve", contentId=content["id"], version=2)
    await press.until(9, 1)
    assert [made.text for made in press.made(account)] == [body]


async def test_a_gates_objection_is_no_consent_and_no_deadline_overrules_it(press: Press) -> None:
    account, content = await written(press, {**REVIEW_UNTIL, "otherwise": "publish"})
    body = "Dear [Your name], a cup of tea is a pause that one can hold in both hands."
    edited = await press.world.person.post("/api/content/edit", contentId=content["id"], version=1, body=body)
    assert edited["content"]["status"] == "needs_review"
    await press.until(10)
    await press.world.sweep()
    assert press.made(account) == []
    assert await status_of(press, content) == "needs_review"


async def test_what_is_being_published_cannot_be_edited(press: Press) -> None:

    account, content = await written(press, {"mode": "review"})
    await press.world.person.post("/api/content/approve", contentId=content["id"], version=1)
    press.fail(account, *[Fault(Failing.DROP_AFTER)] * 3)
    await press.until(9, 0, 30)
    edit = {"contentId": content["id"], "version": 1, "body": "Another text altogether, for another day."}
    with pytest.raises(Refused, match="content"):
        await press.world.person.post("/api/content/edit", **edit)
    press.stand_in("mastodon").script.clear()
    await press.until(9, 30)
    assert [made.text for made in press.made(account)] == [content["body"]]
