"""People are written to once about what needs them, with the way to do something about it; no work waits for a mail."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dev.platforms.every import NOTICES
from dev.platforms.resend import Mail
from dev.platforms.script import Failing, Fault
from dev.serving import Trouble
from tests.pipeline.press import Press

ADA = "ada@example.com"
REVIEW = {"mode": "review", "reviewers": ["rex@review.example"]}
MINUTES = timedelta(minutes=1)


def mails(press: Press, to: str = ADA) -> list[Mail]:
    """What they were sent today."""
    return [mail for mail in press.world.stack.platforms.resend.mails_to(to) if mail.at >= press.midnight]


async def sweep(press: Press, minutes: int = 1) -> dict[str, Any]:
    await press.world.until(press.world.now + minutes * MINUTES)
    return await press.world.sweep()


async def fail_one(press: Press, language: str = "en") -> str:
    """A publication of a schedule in this language that Mastodon has refused for good."""
    account = await press.connect("mastodon")
    press.fail(account, Fault(Failing.STATUS, status=422, says='{"error": "Validation failed: Text is spam"}'))
    schedule = await press.world.create(
        maxRuns=1, settings={"topic": "tea", "targets": [account], "language": language}
    )
    await press.until(9, 2)
    (publication,) = await press.world.publications(schedule)
    assert (publication["status"], publication["reason"]) == ("failed", "refused")
    return str(publication["id"])


async def wait_for_a_yes(press: Press, **approval: Any) -> str:
    """A content that waits; its id."""
    account = await press.connect("mastodon")
    settings = {"topic": "tea", "targets": [account], "approval": {**REVIEW, **approval}}
    schedule = await press.world.create(maxRuns=1, settings=settings)
    await press.until(9, 2)
    (content,) = await press.world.rows_of(schedule)
    assert content["status"] == "pending_approval"
    return str(content["id"])


async def test_a_failure_is_told_once_in_the_platforms_words(press: Press) -> None:
    publication = await fail_one(press)
    for _ in range(3):
        await sweep(press, 10)
    (mail,) = mails(press)
    assert "Text is spam" in mail.text
    assert f"{press.world.stack.url}/#failed={publication}" in mail.text
    assert mail.sender.startswith("Drumbeat <")
    assert mail.html == ""


async def test_a_schedule_in_korean_is_told_of_in_korean(press: Press) -> None:
    await fail_one(press, "ko")
    await sweep(press)
    (mail,) = mails(press)
    assert mail.subject.startswith("발행되지 않았습니다")


async def test_reviewers_get_a_link_of_their_own_and_owners_the_page(press: Press) -> None:
    content = await wait_for_a_yes(press, reviewers=["rex@review.example", "kim@review.example"])
    await sweep(press)
    links = [mails(press, to)[0].text for to in ("rex@review.example", "kim@review.example")]
    tokens = [re.findall(r"/approval#(\S+)", text)[0] for text in links]
    assert len(set(tokens)) == 2
    (to_ada,) = mails(press)
    assert f"#content={content}" in to_ada.text
    assert "/approval#" not in to_ada.text
    decided = await decide(press, tokens[0], "approve")
    assert decided == {"outcome": "approved"}
    await sweep(press, 5)
    assert len(mails(press, "kim@review.example")) == 1
    stale = await press.world.outside.post("/api/approval/decide", json={"token": tokens[1], "decision": "reject"})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "link_decided")


async def decide(press: Press, token: str, decision: str) -> Any:
    reply = await press.world.outside.post("/api/approval/decide", json={"token": token, "decision": decision})
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_who_was_asked_about_an_earlier_text_is_asked_anew(press: Press) -> None:
    content = await wait_for_a_yes(press)
    await sweep(press)
    (first,) = mails(press, "rex@review.example")
    body = "Oolong unrolls slowly, like a letter that somebody has folded with care."
    await press.world.person.post("/api/content/edit", contentId=content, version=1, body=body)
    await sweep(press, 10)
    old, new = mails(press, "rex@review.example")
    assert old == first
    tokens = [re.findall(r"/approval#(\S+)", mail.text)[0] for mail in (old, new)]
    shown = [await read(press, token) for token in tokens]
    assert [it["state"] for it in shown] == ["void", "open"]
    assert shown[1]["content"]["body"] == body


async def read(press: Press, token: str) -> Any:
    return (await press.world.outside.post("/api/approval/read", json={"token": token})).json()


async def test_what_was_decided_before_anybody_was_told_is_told_to_nobody(press: Press) -> None:
    content = await wait_for_a_yes(press)
    await press.world.person.post("/api/content/approve", contentId=content)
    await sweep(press)
    assert mails(press) == mails(press, "rex@review.example") == []


async def test_what_only_people_can_post_is_handed_to_them_with_the_text_ready_to_paste(press: Press) -> None:
    account = await press.connect("linkedin")
    schedule = await press.world.create(
        contentType="linkedin_post", maxRuns=1, settings={"topic": "tea", "targets": [account]}
    )
    await press.until(9, 2)
    (publication,) = await press.world.publications(schedule)
    assert publication["status"] == "handed_off"
    await sweep(press)
    (mail,) = mails(press)
    assert f"#publication={publication['id']}" in mail.text
    found = await press.world.person.get(f"/api/publications/{publication['id']}/package")
    (content,) = await press.world.rows_of(schedule)
    assert found["package"]["texts"] == [content["body"]]
    assert found["package"]["writeAt"] == "https://www.linkedin.com/feed/?shareActive=true"
    url = "https://www.linkedin.com/posts/ada_tea-1"
    done = await press.world.person.post(
        "/api/publication/mark-published", publicationId=str(publication["id"]), url=url
    )
    assert (done["publication"]["status"], done["publication"]["url"]) == ("published", url)


async def test_a_lost_account_is_told_once_however_much_waits_for_it(press: Press) -> None:
    account = await press.connect("mastodon")
    stand_in, name = press.of(account)
    stand_in.revoke(name)
    await press.publish(account, at=press.at(9))
    await press.publish(account, at=press.at(9, 1))
    await press.until(9, 5)
    for _ in range(2):
        await sweep(press, 10)
    (mail,) = mails(press)
    assert mail.subject.startswith("Connect it again")
    assert f"#account={account}" in mail.text


@pytest.mark.parametrize("trouble", ["cut", "refusing", "reply lost"])
async def test_a_mail_service_that_fails_is_tried_again_and_nobody_reads_anything_twice(
    press: Press, trouble: str
) -> None:
    resend = press.world.stack.platforms.resend
    await fail_one(press)
    match trouble:
        case "cut":
            press.world.stack.lines.platforms.resend.trouble = Trouble.CUT
        case "refusing":
            resend.script.fail(Fault(Failing.STATUS, status=500), account=NOTICES)
        case "reply lost":
            resend.script.fail(Fault(Failing.DROP_AFTER), account=NOTICES)
    swept = await sweep(press)
    assert swept["success"] is True
    assert len(mails(press)) == (1 if trouble == "reply lost" else 0)
    press.world.stack.lines.platforms.resend.trouble = Trouble.NONE
    for _ in range(3):
        await sweep(press, 10)
    assert len(mails(press)) == 1


async def test_an_address_that_is_refused_keeps_nobody_elses_mail_back(press: Press) -> None:
    await wait_for_a_yes(press)
    refused = Fault(Failing.STATUS, status=422, says='{"name": "validation_error", "message": "Invalid `to` field."}')
    press.world.stack.platforms.resend.script.fail(refused, account=NOTICES)
    for _ in range(2):
        await sweep(press, 10)
    assert len(mails(press)) + len(mails(press, "rex@review.example")) == 1


async def test_publishing_goes_on_while_the_mail_service_hangs(press: Press) -> None:
    press.world.stack.platforms.resend.script.fail(*[Fault(Failing.HANG)] * 9, account=NOTICES)
    await fail_one(press)
    account = await press.connect("bluesky")
    publication = await press.publish(account)
    await sweep(press)
    await press.world.until(press.world.now + MINUTES)
    assert await press.story(publication) == "published"
    press.world.stack.platforms.resend.script.clear()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    logger = logging.getLogger("drumbeat")
    caplog.set_level("DEBUG", logger="drumbeat")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


async def test_no_log_line_has_an_address_a_text_or_a_link(press: Press, logged: pytest.LogCaptureFixture) -> None:
    await wait_for_a_yes(press)
    await sweep(press)
    (mail,) = mails(press, "rex@review.example")
    token = re.findall(r"/approval#(\S+)", mail.text)[0]
    async with httpx.AsyncClient(base_url=press.world.stack.url) as reviewer:
        await reviewer.post("/api/approval/read", json={"token": token})
        await reviewer.post("/api/approval/decide", json={"token": token, "decision": "reject", "note": "too green"})
    assert '"event": "notice.sent"' in logged.text
    for secret in (ADA, "rex@review.example", token, "too green", mail.subject):
        assert secret not in logged.text
