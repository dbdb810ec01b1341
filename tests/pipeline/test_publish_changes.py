"""What people change between writing and posting is what counts when it is posted."""

from datetime import timedelta

import pytest

from dev.person import Refused
from dev.platforms.script import Failing, Fault
from tests.pipeline.press import Press
from tests.pipeline.taps import Around


async def scheduled(press: Press, account: str) -> tuple[str, str]:
    """A schedule that has written its text twenty minutes ahead, and that text's publication."""
    schedule = await press.world.create(leadTime="PT20M", settings={"targets": [account]})
    await press.until(8, 45)
    (row,) = await press.world.publications(schedule)
    assert row["status"] == "waiting"
    return schedule, str(row["id"])


@pytest.mark.parametrize("verb", ["pause", "delete"])
async def test_what_a_pause_or_deletion_takes_back_never_goes_out(press: Press, verb: str) -> None:
    account = await press.connect("mastodon")
    schedule, publication = await scheduled(press, account)
    await press.world.change(verb, schedule)
    await press.until(9, 30)
    assert await press.story(publication) == f"cancelled: {verb}d"
    assert press.made(account) == []


async def test_an_edit_before_it_is_sent_is_what_goes_out(press: Press) -> None:
    account = await press.connect("mastodon")
    schedule, publication = await scheduled(press, account)
    content = str((await press.row(publication))["content_id"])
    edited = {"contentId": content, "version": 1, "body": "Green tea wants water that no longer boils."}
    await press.world.person.post("/api/content/edit", **edited)
    await press.until(9, 1)
    assert [made.text for made in press.made(account)] == [edited["body"]]
    assert (await press.row(publication))["version"] == 2
    await press.world.change("delete", schedule)


@pytest.mark.parametrize("how", ["edit", "pause", "stop"])
async def test_what_changes_after_the_claim_and_before_the_call_is_not_sent_as_it_was(press: Press, how: str) -> None:
    account = await press.connect("mastodon")
    schedule, publication = await scheduled(press, account)
    content = str((await press.row(publication))["content_id"])

    async def change() -> None:
        match how:
            case "edit":
                await press.world.write(
                    "update app.contents set body = 'Edited.', version = version + 1 where id = $1", content
                )
            case "pause":
                await press.world.change("pause", schedule)
            case "stop":
                await press.world.write("update app.workspaces set paused_at = $1", press.world.now)

    press.database.at("/begin_attempt", Around.ASKING, change)
    await press.until(9, 5)
    if how == "edit":
        assert [made.text for made in press.made(account)] == ["Edited."]
    else:
        assert press.made(account) == []
        await press.world.write("update app.workspaces set paused_at = null")
    await press.world.change("delete", schedule)


async def test_what_is_being_sent_cannot_be_edited(press: Press) -> None:
    account = await press.connect("mastodon")
    schedule, publication = await scheduled(press, account)
    content = str((await press.row(publication))["content_id"])

    async def edit() -> None:
        with pytest.raises(Refused, match="409"):
            await press.world.person.post("/api/content/edit", contentId=content, version=1, body="Too late.")

    press.database.at("/begin_attempt", Around.ANSWERED, edit)
    await press.until(9, 1)
    assert await press.story(publication) == "published"
    assert "Too late." not in [made.text for made in press.made(account)]
    await press.world.change("delete", schedule)


async def test_who_lost_the_claim_sends_no_further_part(press: Press) -> None:
    """Its lease ran out while it hung; somebody else has taken the publication over."""
    account = await press.connect("mastodon")
    publication = await press.publish(account, kind="x_thread", at=press.at(9))

    async def take_over() -> None:
        press.world.skip(to=press.at(9, 6))
        await press.knock(publication)

    press.database.at("/record_part", Around.ASKING, take_over)
    await press.until(9, 40)
    await press.world.sweep()
    await press.until(9, 50)
    assert await press.story(publication) == "published"
    assert await press.sent(publication) == press.ids(account)


async def test_a_reader_who_leaves_between_two_batches_of_a_newsletter_costs_nobody_else_theirs(press: Press) -> None:
    account = await press.connect("newsletter")
    stand_in, name = press.of(account)
    readers = [f"reader{number}@mail.example" for number in range(150)]
    change = "update app.accounts set settings = settings || jsonb_build_object('to', $2::text) where id = $1"
    await press.world.write(change, account, ", ".join(readers))
    publication = await press.publish(account, kind="newsletter", at=press.at(9))
    stand_in.script.weather = lambda who, _: (
        Fault(Failing.THROTTLE, retry_after=timedelta(minutes=5))
        if who == name and len(press.made(account)) == 100
        else None
    )
    await press.until(9, 1)
    assert await press.story(publication) == "waiting"
    await press.world.write(change, account, ", ".join(["new@mail.example", *readers[1:]]))
    stand_in.script.clear()
    await press.until(9, 10)
    assert await press.story(publication) == "published"
    reached = [made.text.partition(":")[0] for made in press.made(account)]
    assert sorted(reached) == sorted([*readers, "new@mail.example"])


async def test_what_is_taken_back_while_its_platform_says_later_ends_there_and_then(press: Press) -> None:
    account = await press.connect("mastodon")
    schedule, publication = await scheduled(press, account)
    press.fail(account, Fault(Failing.THROTTLE))
    press.database.at("/settle_publication", Around.ASKING, lambda: press.world.change("pause", schedule))
    press.world.skip(to=press.at(9))
    answer = await press.knock(publication)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "cancelled")
    assert await press.story(publication) == "cancelled: paused"
    assert press.made(account) == []
