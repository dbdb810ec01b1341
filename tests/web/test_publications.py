"""A person has something published, sees what became of it, and has the last word: again, back, or out already."""

from datetime import timedelta
from typing import Any

import pytest

from dev.platforms.script import Failing, Fault
from tests.web.client import Client

LOST = Fault(Failing.DROP_AFTER)


async def connect(client: Client, platform: str, holder: str) -> str:
    """The account's id."""
    account = (await client.post("/api/account/connect", client.stack.platforms[platform].new_account(holder)))[
        "account"
    ]
    return str(account["id"])


async def write(client: Client, *targets: str, publish: bool = False, **fields: Any) -> Any:
    """A text of a new schedule, which is paused: what a person asks for goes out all the same, and nothing else."""
    schedule = await client.create(settings={"topic": "tea", "targets": list(targets)}, **fields)
    await client.post("/api/schedule/pause", {"scheduleId": schedule["id"]})
    ran = await client.post("/api/schedule/run", {"scheduleId": schedule["id"], "publish": publish})
    (content,) = ran["run"]["contents"]
    return content


async def publications(client: Client, content: Any) -> Any:
    return (await client.get(f"/api/contents/{content['id']}"))["publications"]


async def pass_time(client: Client, **time: float) -> None:
    await client.stack.advance(timedelta(**time))
    await client.sign_in_again()


async def test_a_run_that_publishes_is_out_at_once_with_its_link(ada: Client) -> None:
    account_id = await connect(ada, "mastodon", "now")
    content = await write(ada, account_id, publish=True)
    assert content["status"] == "pending_publish"
    (waiting,) = await publications(ada, content)
    assert (waiting["status"], waiting["accountId"], waiting["platform"]) == ("waiting", account_id, "mastodon")
    assert waiting["needsPerson"] is False
    await pass_time(ada, minutes=1)
    (out,) = await publications(ada, content)
    assert (out["status"], out["reason"], out["readyAt"]) == ("published", None, None)
    (made,) = ada.stack.platforms["mastodon"].made_by("now")
    assert out["url"] == made.url
    assert out["externalId"] == made.external_id
    assert (await ada.get(f"/api/contents/{content['id']}"))["content"]["status"] == "published"
    found = await ada.get(f"/api/publications/{out['id']}")
    assert (found["publication"], found["content"]["id"], found["role"]) == (out, content["id"], "owner")


async def test_a_run_that_does_not_publish_leaves_a_draft_which_a_person_publishes(ada: Client) -> None:
    account_id = await connect(ada, "mastodon", "later")
    content = await write(ada, account_id)
    assert content["status"] == "draft"
    assert await publications(ada, content) == []
    published = await ada.post("/api/publication/create", {"contentId": content["id"]})
    assert published["outcome"] == "requested"
    assert published["content"]["status"] == "pending_publish"
    assert [it["accountId"] for it in published["publications"]] == [account_id]
    again = await ada.post("/api/publication/create", {"contentId": content["id"]})
    assert (again["outcome"], len(again["publications"])) == ("unchanged", 1)
    await pass_time(ada, minutes=1)
    assert (await ada.post("/api/publication/create", {"contentId": content["id"]}))["outcome"] == "unchanged"
    await pass_time(ada, hours=2)
    assert len(ada.stack.platforms["mastodon"].made_by("later")) == 1


async def test_it_goes_to_the_accounts_that_are_named_at_the_time_that_is_named(ada: Client) -> None:
    named, other = await connect(ada, "mastodon", "named"), await connect(ada, "discord", "other")
    content = await write(ada, other)
    at = ada.stack.clock.now() + timedelta(hours=3)
    wish = {"contentId": content["id"], "accountIds": [named], "publishAt": at.isoformat()}
    (waiting,) = (await ada.post("/api/publication/create", wish))["publications"]
    assert (waiting["accountId"], waiting["publishAt"]) == (named, at.isoformat().replace("+00:00", "Z"))
    await pass_time(ada, hours=2)
    assert ada.stack.platforms["mastodon"].made_by("named") == []
    await pass_time(ada, hours=2)
    assert len(ada.stack.platforms["mastodon"].made_by("named")) == 1
    assert ada.stack.platforms["discord"].made_by("other") == []


async def test_a_workflow_may_publish_too(ada: Client) -> None:
    account_id = await connect(ada, "mastodon", "workflow")
    schedule = await ada.create(settings={"topic": "tea", "targets": [account_id]})
    await ada.post("/api/schedule/pause", {"scheduleId": schedule["id"]})
    wish = {"action": "generate_content", "scheduleId": schedule["id"], "publish": True}
    run = (await ada.post("/api/automation/workflow", wish))["run"]
    await pass_time(ada, minutes=2)
    (content,) = (await ada.get(f"/api/runs/{run['id']}"))["run"]["contents"]
    assert content["status"] == "published"
    assert len(ada.stack.platforms["mastodon"].made_by("workflow")) == 1


async def test_where_there_is_nowhere_to_publish_to_it_is_said_before_anything_is_written(ada: Client) -> None:
    named = {"scheduleId": (await ada.create())["id"], "publish": True}
    assert (await ada.refused(422, "/api/schedule/run", named))["details"]["field"] == "publish"
    workflow = {"action": "generate_content", **named}
    assert (await ada.refused(422, "/api/automation/workflow", workflow))["details"]["field"] == "publish"
    assert await ada.runs(named["scheduleId"]) == []


async def test_what_waits_can_be_taken_back_and_sent_after_all(ada: Client) -> None:
    account_id = await connect(ada, "mastodon", "back")
    content = await write(ada, account_id, publish=True)
    (waiting,) = await publications(ada, content)
    named = {"publicationId": waiting["id"]}
    voided = await ada.post("/api/publication/void", named)
    assert voided["outcome"] == "voided"
    assert (voided["publication"]["status"], voided["publication"]["reason"]) == ("cancelled", "voided")
    assert (await ada.post("/api/publication/void", named))["outcome"] == "unchanged"
    await pass_time(ada, hours=1)
    assert ada.stack.platforms["mastodon"].made_by("back") == []
    retried = await ada.post("/api/publication/retry", named)
    assert (retried["outcome"], retried["publication"]["status"]) == ("retried", "waiting")
    assert (await ada.post("/api/publication/retry", named))["outcome"] == "unchanged"
    await pass_time(ada, minutes=1)
    assert len(ada.stack.platforms["mastodon"].made_by("back")) == 1
    for verb in ("retry", "void"):
        error = await ada.refused(409, f"/api/publication/{verb}", {**named, **CONFIRM.get(verb, {})})
        assert error["code"] == "publication_status"


CONFIRM = {"retry": {"confirm": True}}


@pytest.fixture
async def unknown(ada: Client) -> Any:
    """One of Discord's, which it has accepted without our hearing of it: nothing can be looked up there."""
    account_id = await connect(ada, "discord", "unknown")
    ada.stack.platforms["discord"].script.fail(LOST, account="unknown")
    content = await write(ada, account_id, publish=True)
    await pass_time(ada, minutes=1)
    (publication,) = await publications(ada, content)
    assert publication["status"] == "unknown"
    return publication


async def test_what_may_be_out_waits_for_a_person(ada: Client, unknown: Any) -> None:
    before = len(ada.stack.platforms["discord"].made_by("unknown"))
    assert (unknown["reason"], unknown["needsPerson"], unknown["readyAt"]) == ("no_reply", True, None)
    await pass_time(ada, hours=6)
    assert len(ada.stack.platforms["discord"].made_by("unknown")) == before
    assert unknown["errors"][0]["fault"] == "unknown"


async def test_what_may_be_out_is_sent_again_only_by_somebody_who_has_looked(ada: Client, unknown: Any) -> None:
    stand_in, named = ada.stack.platforms["discord"], {"publicationId": unknown["id"]}
    before = len(stand_in.made_by("unknown"))
    for wish in (named, {**named, "confirm": False}):
        assert (await ada.refused(409, "/api/publication/retry", wish))["code"] == "confirm_needed"
    await pass_time(ada, minutes=1)
    assert len(stand_in.made_by("unknown")) == before
    retried = await ada.post("/api/publication/retry", {**named, "confirm": True})
    assert retried["outcome"] == "retried"
    await pass_time(ada, minutes=1)
    assert len(stand_in.made_by("unknown")) == before + 1


async def test_somebody_who_has_found_it_there_says_so(ada: Client, unknown: Any) -> None:
    before = len(ada.stack.platforms["discord"].made_by("unknown"))
    wish = {"publicationId": unknown["id"], "url": "https://discord.com/channels/1/2/3"}
    marked = await ada.post("/api/publication/mark-published", wish)
    assert (marked["outcome"], marked["publication"]["status"]) == ("published", "published")
    assert marked["publication"]["url"] == wish["url"]
    assert (await ada.post("/api/publication/mark-published", wish))["outcome"] == "unchanged"
    await pass_time(ada, hours=1)
    assert len(ada.stack.platforms["discord"].made_by("unknown")) == before


async def test_what_a_person_posts_is_handed_to_them_and_marked_when_it_is_out(ada: Client) -> None:
    wish = {"platform": "naver_blog", "settings": {"blog": "https://blog.naver.com/handed"}}
    account = (await ada.post("/api/account/connect", wish))["account"]
    content = await write(ada, account["id"], publish=True, contentType="blog_post")
    await pass_time(ada, minutes=1)
    (handed,) = await publications(ada, content)
    assert (handed["status"], handed["needsPerson"]) == ("handed_off", True)
    package = await ada.get(f"/api/publications/{handed['id']}/package")
    assert package["package"]["title"] == content["title"]
    named = {"publicationId": handed["id"]}
    assert (await ada.refused(409, "/api/publication/retry", named))["code"] == "publication_status"
    marked = await ada.post("/api/publication/mark-published", {**named, "url": "https://blog.naver.com/handed/1"})
    assert (marked["publication"]["status"], marked["publication"]["needsPerson"]) == ("published", False)
    assert (await ada.get(f"/api/contents/{content['id']}"))["content"]["status"] == "published"


async def test_a_refusal_is_told_in_the_platforms_own_words_and_can_be_tried_again(ada: Client) -> None:
    account_id = await connect(ada, "mastodon", "refused")
    refusal = Fault(Failing.STATUS, status=422, says='{"error": "Validation failed: Text contains a forbidden word"}')
    ada.stack.platforms["mastodon"].script.fail(refusal, account="refused")
    content = await write(ada, account_id, publish=True)
    await pass_time(ada, minutes=1)
    (failed,) = await publications(ada, content)
    assert (failed["status"], failed["reason"], failed["finishedAt"] is not None) == ("failed", "refused", True)
    assert "forbidden word" in failed["errors"][0]["message"]
    assert (await ada.post("/api/publication/create", {"contentId": content["id"]}))["outcome"] == "requested"
    await pass_time(ada, minutes=1)
    (out,) = await publications(ada, content)
    assert out["status"] == "published"


async def test_an_account_that_refuses_us_waits_for_its_person(ada: Client) -> None:
    account_id = await connect(ada, "mastodon", "lost")
    ada.stack.platforms["mastodon"].revoke("lost")
    content = await write(ada, account_id, publish=True)
    await pass_time(ada, minutes=1)
    assert (await ada.get(f"/api/accounts/{account_id}"))["account"]["status"] == "needs_reauth"
    (waiting,) = await publications(ada, content)
    assert waiting["status"] == "waiting"
    await ada.post("/api/account/connect", ada.stack.platforms["mastodon"].new_account("lost"))
    await pass_time(ada, minutes=1)
    (out,) = await publications(ada, content)
    assert out["status"] == "published"
    assert len(ada.stack.platforms["mastodon"].made_by("lost")) == 1


async def test_removing_an_account_takes_back_what_waits_for_it(ada: Client) -> None:
    account_id = await connect(ada, "mastodon", "removed")
    content = await write(ada, account_id, publish=True)
    await ada.post("/api/account/remove", {"accountId": account_id})
    (cancelled,) = await publications(ada, content)
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "removed")
    await pass_time(ada, hours=1)
    assert ada.stack.platforms["mastodon"].made_by("removed") == []
    error = await ada.refused(409, "/api/publication/retry", {"publicationId": cancelled["id"]})
    assert error["code"] == "account_status"


async def test_quiet_hours_move_what_a_person_wants_out_now(ada: Client) -> None:
    account_id = await connect(ada, "mastodon", "quiet")
    now = ada.stack.clock.now()
    begins, ends = (f"{now + timedelta(hours=it):%H:%M}" for it in (-1, 2))
    cadence = {"timezone": "UTC", "quietHours": [{"from": begins, "to": ends}]}
    await ada.post("/api/account/update", {"accountId": account_id, "cadence": cadence})
    content = await write(ada, account_id, publish=True)
    await pass_time(ada, minutes=90)
    assert ada.stack.platforms["mastodon"].made_by("quiet") == []
    await pass_time(ada, minutes=60)
    (out,) = await publications(ada, content)
    assert out["status"] == "published"


async def test_a_lost_reply_is_looked_for_and_found(ada: Client) -> None:
    """Bluesky can be asked for exactly this one."""
    account_id = await connect(ada, "bluesky", "found")
    ada.stack.platforms["bluesky"].script.fail(LOST, account="found")
    content = await write(ada, account_id, publish=True)
    await pass_time(ada, minutes=30)
    (out,) = await publications(ada, content)
    assert out["status"] == "published"
    assert len(ada.stack.platforms["bluesky"].made_by("found")) == 1
