"""What a person may do about what is on its way, each thing once however often it is pressed, and written down."""

import pytest

from tests.sql.callers import Row
from tests.sql.publishing import (
    LEASE,
    NO_REPLY,
    NOT_TAKEN,
    OUT,
    REFUSED,
    Publishing,
    alerts,
    begin,
    claim,
    claimed,
    connect,
    content_status,
    publishing,
    record,
    sending,
    settle,
    stored,
)
from tests.sql.world import HOUR, MINUTE, NOW, World, at, contents, refused

HANDED_OFF = {"status": "handed_off"}
UNKNOWN = {**NO_REPLY, "read_at": (NOW + HOUR).isoformat()}


async def retry(here: Publishing, publication: Row, confirm: bool = False) -> Row:
    return await here.person.call(
        "retry_publication", publication_id=publication["id"], confirm=confirm, now=NOW + 2 * MINUTE
    )


async def void(here: Publishing, publication: Row) -> Row:
    return await here.person.call("void_publication", publication_id=publication["id"], now=NOW + 2 * MINUTE)


async def mark(here: Publishing, publication: Row, url: str | None = None) -> Row:
    return await here.person.call("mark_published", publication_id=publication["id"], url=url, now=NOW + 2 * MINUTE)


async def publish(
    here: Publishing, content_id: object, accounts: list[str] | None = None, publish_at: object = None
) -> Row:
    return await here.person.call(
        "publish_content", content_id=content_id, account_ids=accounts, publish_at=publish_at, now=NOW
    )


async def ended(here: Publishing, settlement: Row) -> Row:
    """One that was sent, and of which this became."""
    (publication,) = await here.write()
    await settle(here.world, await sending(here.world, publication), settlement)
    return publication


async def audited(world: World) -> list[str]:
    rows = await world.owner.fetch(
        "select action from app.audit_log where action like 'publication%' order by at, action"
    )
    return [row["action"] for row in rows]


async def test_what_failed_goes_through_the_pipeline_again_as_a_new_one_would(world: World) -> None:
    here = await publishing(world)
    publication = await ended(here, REFUSED)
    answer = await retry(here, publication)
    row = answer["publication"]
    assert answer["outcome"] == "retried"
    assert (row["status"], row["reason"], row["attempt"], row["late_at"]) == ("waiting", None, 0, None)
    assert (row["requested_by"], at(row["publish_at"])) == (here.person.id, NOW + 2 * MINUTE)
    assert await content_status(world, publication) == "pending_publish"
    assert await alerts(world) == []
    letter = await world.owner.fetchrow("select letter_status, history from app.dead_letters")
    assert (letter["letter_status"], letter["history"][-1]["event"]) == ("replayed", "retried")
    assert (await retry(here, publication)) == {"outcome": "unchanged", "publication": row}
    assert await audited(world) == ["publication.retry"]
    await claimed(world, publication, NOW + 2 * MINUTE)


async def test_parts_that_are_out_are_not_sent_again_by_a_retry(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    await record(world, row, 0)
    await begin(world, row, NOW + MINUTE)
    await settle(world, row, REFUSED)
    assert len((await retry(here, publication))["publication"]["parts"]) == 1


async def test_what_may_be_out_is_only_retried_by_whoever_confirms_that_they_have_looked(world: World) -> None:
    here = await publishing(world)
    publication = await ended(here, UNKNOWN)
    with refused(409, "confirm_needed"):
        await retry(here, publication)
    assert (await stored(world, publication))["status"] == "unknown"
    assert (await retry(here, publication, confirm=True))["publication"]["status"] == "waiting"


async def test_what_may_be_out_is_not_forgotten_when_it_is_taken_back(world: World) -> None:
    here = await publishing(world)
    publication = await ended(here, UNKNOWN)
    await void(here, publication)
    with refused(409, "confirm_needed"):
        await retry(here, publication)
    assert (await publish(here, publication["content_id"]))["outcome"] == "unchanged", "nor is it published again"
    assert (await retry(here, publication, confirm=True))["outcome"] == "retried"


@pytest.mark.parametrize("act", [retry, void, mark])
async def test_nothing_is_done_to_what_is_being_sent_or_read_back_right_now(world: World, act: object) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    row = await sending(world, publication)
    with refused(409, "publication_busy"):
        await act(here, publication)  # type: ignore[operator]
    await settle(world, row, {**NO_REPLY, "read_at": NOW.isoformat()}, NOW)
    assert (await claim(world, publication, NOW))["outcome"] == "reading"
    with refused(409, "publication_busy"):
        await act(here, publication)  # type: ignore[operator]


async def test_what_a_holder_who_died_has_left_is_nobodys_to_take_back_until_somebody_looked(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await sending(world, publication)
    with refused(409, "publication_busy"):
        await here.person.call("void_publication", publication_id=publication["id"], now=NOW + 2 * LEASE)


@pytest.mark.parametrize("settlement", [OUT, HANDED_OFF])
async def test_what_is_out_or_a_persons_is_not_retried(world: World, settlement: Row) -> None:
    here = await publishing(world)
    publication = await ended(here, settlement)
    with refused(409, "publication_status"):
        await retry(here, publication)


async def test_what_is_out_is_not_taken_back(world: World) -> None:
    here = await publishing(world)
    publication = await ended(here, OUT)
    with refused(409, "publication_status"):
        await void(here, publication)


@pytest.mark.parametrize("settlement", [NOT_TAKEN, REFUSED, UNKNOWN, HANDED_OFF])
async def test_a_person_takes_it_back_and_again_is_answered_the_same(world: World, settlement: Row) -> None:
    here = await publishing(world)
    publication = await ended(here, settlement)
    first = await void(here, publication)
    assert (first["outcome"], first["publication"]["status"], first["publication"]["reason"]) == (
        "voided", "cancelled", "voided",
    )  # fmt: skip
    assert await void(here, publication) == {**first, "outcome": "unchanged"}
    assert await audited(world) == ["publication.void"]
    assert await alerts(world) == []
    assert await world.owner.fetchval("select count(*) from app.dead_letters where letter_status = 'open'") == 0
    assert await content_status(world, publication) == "draft"


@pytest.mark.parametrize("settlement", [NOT_TAKEN, REFUSED, UNKNOWN, HANDED_OFF])
async def test_a_person_says_that_it_is_out_and_again_is_answered_the_same(world: World, settlement: Row) -> None:
    here = await publishing(world)
    publication = await ended(here, settlement)
    first = await mark(here, publication, "https://blog.test/1")
    row = first["publication"]
    assert (first["outcome"], row["status"], row["url"]) == ("published", "published", "https://blog.test/1")
    assert await mark(here, publication) == {**first, "outcome": "unchanged"}
    assert await audited(world) == ["publication.mark_published"]
    assert await alerts(world) == []
    assert await content_status(world, publication) == "published"


@pytest.mark.parametrize("status", ["needs_reauth", "disabled", "removed"])
async def test_nothing_is_retried_on_an_account_that_cannot_be_used(world: World, status: str) -> None:
    here = await publishing(world)
    publication = await ended(here, REFUSED)
    removed_at = NOW if status == "removed" else None
    await world.owner.execute(
        "update app.accounts set status = $1::text::app.account_status, removed_at = $2", status, removed_at
    )
    with refused(409, "account_status"):
        await retry(here, publication)


@pytest.mark.parametrize("status", ["needs_review", "pending_approval", "rejected", "expired"])
async def test_nothing_is_retried_or_published_that_nobody_has_said_yes_to(world: World, status: str) -> None:
    here = await publishing(world)
    publication = await ended(here, REFUSED)
    await world.owner.execute("update app.contents set status = $1::text::app.content_status", status)
    with refused(409, "content_status"):
        await retry(here, publication)
    with refused(409, "content_status"):
        await publish(here, publication["content_id"])


async def test_nothing_is_retried_or_published_of_a_deleted_schedule(world: World) -> None:
    here = await publishing(world)
    publication = await ended(here, REFUSED)
    await here.person.call("delete_schedule", schedule_id=here.schedule["id"], now=NOW)
    with refused(409, "schedule_deleted"):
        await retry(here, publication)
    with refused(409, "schedule_deleted"):
        await publish(here, publication["content_id"])


async def draft(here: Publishing) -> Row:
    """A content that nothing was handed over of."""
    run = (await here.world.claim_new(here.schedule))["run"]
    content: Row = (await here.world.finish(run))["contents"][0]
    return content


async def test_a_draft_goes_out_to_the_schedules_targets_at_once(world: World) -> None:
    here = await publishing(world, accounts=2)
    content = await draft(here)
    first = await publish(here, content["id"])
    assert (first["outcome"], first["content"]["status"]) == ("requested", "pending_publish")
    assert {it["account_id"] for it in first["publications"]} == set(here.accounts)
    assert {
        (it["status"], it["requested_by"], at(it["publish_at"]), it["late_at"]) for it in first["publications"]
    } == {("waiting", here.person.id, NOW, None)}
    assert await publish(here, content["id"]) == {**first, "outcome": "unchanged"}
    actions = await world.owner.fetch("select action from app.audit_log where action = 'content.publish'")
    assert len(actions) == 1
    await claimed(world, first["publications"][0])


async def test_a_draft_goes_out_where_and_when_a_person_wants(world: World) -> None:
    here = await publishing(world, accounts=2)
    content = await draft(here)
    answer = await publish(here, content["id"], [here.accounts[1], here.accounts[1]], NOW + HOUR)
    (publication,) = answer["publications"]
    assert (publication["account_id"], at(publication["publish_at"])) == (here.accounts[1], NOW + HOUR)
    past = await publish(here, content["id"], [here.accounts[0]], NOW - HOUR)
    assert min(at(it["publish_at"]) for it in past["publications"]) == NOW, "nothing is wanted in the past"


async def test_what_failed_or_was_cancelled_is_tried_again_and_the_rest_stays_as_it_is(world: World) -> None:
    here = await publishing(world, accounts=3)
    out, failed, waiting = await here.write()
    await settle(world, await sending(world, out), OUT)
    await settle(world, await sending(world, failed), REFUSED)
    answer = await publish(here, out["content_id"])
    assert answer["outcome"] == "requested"
    by_id = {it["id"]: it for it in answer["publications"]}
    assert [by_id[str(it["id"])]["status"] for it in (out, failed, waiting)] == ["published", "waiting", "waiting"]
    assert by_id[str(failed["id"])]["requested_by"] == here.person.id
    assert by_id[str(waiting["id"])]["requested_by"] is None
    assert answer["content"]["status"] == "published"


async def test_publishing_takes_a_target(world: World) -> None:
    here = await publishing(world, accounts=0)
    content = await draft(here)
    nowhere: list[str] = []
    for accounts in (None, nowhere):
        with refused(409, "no_targets"):
            await publish(here, content["id"], accounts)


async def test_an_account_of_another_workspace_and_a_removed_one_do_not_exist(world: World) -> None:
    here, bob = await publishing(world), await world.person()
    content = await draft(here)
    gone = await connect(world, here.person)
    await here.person.call("remove_account", account_id=gone, now=NOW)
    for account in (await connect(world, bob), gone, content["id"]):
        with refused(404, "account_not_found"):
            await publish(here, content["id"], [here.account, account])
    assert await world.owner.fetchval("select count(*) from app.publications") == 0


async def test_a_list_is_newest_first_in_pages_and_of_what_is_asked_for(world: World) -> None:
    here = await publishing(world, accounts=2)
    rows = [row for turn in range(3) for row in await here.write(now=NOW + turn * MINUTE)]
    await settle(world, (await claim(world, rows[0]))["publication"], OUT)
    asked = {"workspace_id": None, "schedule_id": None, "content_id": None, "account_id": None, "status": None}
    page = await here.person.call("list_publications", **asked, after=None, limit=4)
    assert page["more"]
    last = page["publications"][-1]
    after = {"created_at": last["created_at"], "id": last["id"]}
    rest = await here.person.call("list_publications", **asked, after=after, limit=4)
    listed = [*page["publications"], *rest["publications"]]
    assert [it["id"] for it in listed] == [
        str(row["id"]) for row in sorted(rows, key=lambda row: (row["created_at"], str(row["id"])), reverse=True)
    ]
    assert not rest["more"]
    for wanted, count in (
        ({"schedule_id": here.schedule["id"]}, 6),
        ({"content_id": rows[0]["content_id"]}, 2),
        ({"account_id": here.account}, 3),
        ({"status": "published"}, 1),
    ):
        found = await here.person.call("list_publications", **{**asked, **wanted}, after=None, limit=50)
        assert len(found["publications"]) == count, wanted


async def test_one_publication_and_one_content_are_shown_whole_with_the_persons_role(world: World) -> None:
    here = await publishing(world, accounts=2)
    rows = await here.write(rows=contents())
    one = await here.person.call("get_publication", publication_id=rows[0]["id"])
    assert (one["publication"]["id"], one["content"]["body"], one["role"]) == (str(rows[0]["id"]), "post 0", "owner")
    content = await here.person.call("get_content", content_id=rows[0]["content_id"])
    assert ({it["id"] for it in content["publications"]}, content["role"]) == (
        {str(row["id"]) for row in rows}, "owner",
    )  # fmt: skip
