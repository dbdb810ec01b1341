"""What may be out or not is settled by proof, by nobody's hope; where there is no proof a person decides."""

from datetime import timedelta

import pytest

from dev.platforms.script import Doing, Failing, Fault
from dev.platforms.x import X
from lib.domain.account import Platform
from lib.domain.platforms import seen_id
from lib.errors import Invalid
from tests.pipeline.press import Press

LOST = Fault(Failing.DROP_AFTER)  # it was made, and nobody heard of it
NEVER_CAME = Fault(Failing.DROP_BEFORE)
WAYS = {"made": LOST, "not made": NEVER_CAME, "made, 502": Fault(Failing.STATUS, status=502, is_made=True)}
PROVABLE = ("mastodon", "newsletter", "webhook", "bluesky", "wordpress")
KIND = {"newsletter": "newsletter", "wordpress": "blog_post"}


@pytest.mark.parametrize("fault", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("platform", PROVABLE)
async def test_where_there_is_proof_a_lost_reply_settles_itself_and_nothing_goes_out_twice(
    press: Press, platform: str, fault: Fault
) -> None:
    account = await press.connect(platform)
    press.fail(account, fault)
    publication = await press.publish(account, kind=KIND.get(platform, "x_post"), at=press.at(9))
    await press.until(9, 30)
    assert await press.story(publication) == "published"
    assert set(await press.sent(publication)) <= set(press.ids(account))
    assert len(press.made(account)) == (3 if platform == "newsletter" else 1), "one mail for each reader"


async def test_a_post_on_x_whose_reply_was_lost_is_found_in_the_timeline_and_never_sent_again(press: Press) -> None:
    account = await press.connect("x")
    press.fail(account, LOST)
    publication = await press.publish(account, at=press.at(9))
    await press.until(9, 9)
    assert await press.story(publication) == "unknown: no_reply"
    assert (await press.row(publication))["reads"][-1]["outcome"] == "no_reply", "not looked for yet"
    await press.until(9, 11)
    assert await press.story(publication) == "published"
    assert (await press.row(publication))["external_id"] == press.made(account)[0].external_id
    assert len(press.made(account)) == 1


async def test_a_post_that_x_does_not_show_is_looked_for_twice_and_then_a_person_decides(press: Press) -> None:
    account = await press.connect("x")
    press.fail(account, NEVER_CAME)
    publication = await press.publish(account, at=press.at(9))
    await press.until(12)
    row = await press.row(publication)
    assert (row["status"], row["read_at"]) == ("unknown", None)
    assert [read["outcome"] for read in row["reads"]] == ["no_reply", "missing", "missing"]
    assert press.made(account) == [], "never sent again by itself"
    kinds = await press.world.ledger.fetchval(
        "select array_agg(kind::text) from app.alerts where account_id = $1 and resolved_at is null", account
    )
    assert kinds == ["publication_unknown"]


async def test_a_post_that_x_shows_late_is_found_by_the_second_look(press: Press) -> None:
    account = await press.connect("x")
    stand_in, _ = press.of(account)
    assert isinstance(stand_in, X)
    stand_in.lag = timedelta(minutes=12)
    press.fail(account, LOST)
    publication = await press.publish(account, at=press.at(9))
    await press.until(9, 12)
    assert await press.story(publication) == "unknown: no_reply"
    await press.until(9, 20)
    stand_in.lag = timedelta(0)
    assert await press.story(publication) == "published"


@pytest.mark.parametrize("platform", ["discord", "slack"])
async def test_where_nothing_can_be_read_back_a_person_decides_at_once(press: Press, platform: str) -> None:
    account = await press.connect(platform)
    press.fail(account, LOST)
    publication = await press.publish(account, at=press.at(9))
    await press.until(9, 1)
    row = await press.row(publication)
    assert (row["status"], row["read_at"]) == ("unknown", None)
    await press.until(12)
    assert len(press.made(account)) == 1


async def test_an_unknown_one_does_not_keep_its_account_from_publishing_the_next(press: Press) -> None:
    account = await press.connect("x")
    press.fail(account, LOST)
    first, second = [await press.publish(account, at=press.at(9, minute)) for minute in (0, 2)]
    await press.until(9, 3)
    assert [await press.story(it) for it in (first, second)] == ["unknown: no_reply", "published"]
    await press.until(9, 30)
    assert await press.story(first) == "published"


async def test_a_thread_that_lost_a_reply_in_the_middle_goes_on_from_what_is_found(press: Press) -> None:
    account = await press.connect("x")
    stand_in, name = press.of(account)
    publication = await press.publish(account, kind="x_thread", at=press.at(9))
    stand_in.script.weather = lambda who, doing: (
        LOST if who == name and doing is Doing.MAKE and len(press.made(account)) == 1 else None
    )
    await press.until(9, 1)
    row = await press.row(publication)
    assert (row["status"], len(row["parts"]), len(press.made(account))) == ("unknown", 1, 2)
    stand_in.script.clear()
    await press.until(9, 20)
    assert await press.story(publication) == "published"
    assert await press.sent(publication) == press.ids(account)


async def test_a_key_is_not_relied_on_beyond_its_time(press: Press) -> None:
    account = await press.connect("mastodon")
    press.fail(account, *[LOST] * 1, *[Fault(Failing.STATUS, status=503)] * 40)
    publication = await press.publish(account, at=press.at(9))
    await press.until(10, 30)
    stand_in, _ = press.of(account)
    stand_in.script.clear()
    await press.until(13)
    row = await press.row(publication)
    assert (row["status"], row["read_at"]) == ("unknown", None)
    assert len(press.made(account)) == 1


@pytest.mark.parametrize(("ends", "is_kept"), [("09:30", True), ("11:00", False)], ids=["while kept", "too late"])
async def test_nothing_is_sent_again_under_its_key_in_quiet_hours(press: Press, ends: str, is_kept: bool) -> None:
    account = await press.connect("mastodon")
    press.fail(account, NEVER_CAME)
    publication = await press.publish(account, at=press.at(9))
    await press.until(9, 0, 10)
    assert await press.story(publication) == "unknown: no_reply"
    quiet = {"quietHours": [{"from": "08:00", "to": ends}]}
    await press.world.person.post("/api/account/update", accountId=account, cadence=quiet)
    await press.until(9, 25)
    assert press.made(account) == []
    row = await press.row(publication)
    assert (row["status"], row["read_at"]) == ("unknown", press.at(9, 30) if is_kept else None)
    await press.until(12)
    assert [made.at for made in press.made(account)] == ([press.at(9, 30)] if is_kept else [])


async def test_what_was_deleted_meanwhile_is_not_sent_again_under_its_key(press: Press) -> None:
    account = await press.connect("mastodon")
    schedule = await press.world.create(settings={"targets": [account]})
    press.fail(account, NEVER_CAME)
    await press.until(9, 0, 30)
    (row,) = await press.world.publications(schedule)
    assert row["status"] == "unknown"
    await press.world.change("delete", schedule)
    await press.until(9, 30)
    assert press.made(account) == []
    row = await press.row(str(row["id"]))
    assert (row["status"], row["read_at"]) == ("unknown", None)


async def test_an_account_that_cannot_be_read_is_asked_again_later(press: Press) -> None:
    account = await press.connect("bluesky")
    press.fail(account, LOST, *[Fault(Failing.STATUS, on=Doing.READ, status=500)] * 3)
    publication = await press.publish(account, at=press.at(9))
    await press.until(9, 30)
    assert await press.story(publication) == "published"
    outcomes = [read["outcome"] for read in (await press.row(publication))["reads"]]
    assert outcomes[:2] == ["no_reply", "unread"]
    assert len(press.made(account)) == 1


async def test_a_thread_whose_post_somebody_has_seen_goes_on_with_the_next(press: Press) -> None:
    account = await press.connect("slack")
    press.fail(account, LOST)
    publication = await press.publish(account, kind="x_thread", at=press.at(9))
    await press.until(9, 5)
    assert (await press.row(publication))["status"] == "unknown"
    for _ in range(2):  # pressed twice
        answer = await press.world.person.post("/api/publication/continue", publicationId=publication, number=0)
    assert answer["outcome"] == "unchanged"
    await press.until(9, 20)
    assert await press.story(publication) == "published"
    texts = [made.text for made in press.made(account)]
    assert len(texts) == len(set(texts)) == len((await press.row(publication))["parts"]) > 1


@pytest.mark.parametrize(
    ("platform", "url", "seen"),
    [
        (Platform.X, "https://x.com/ada/status/123?s=20", "123"),
        (Platform.X, "https://x.com/ada", None),
        (Platform.X, None, None),
        (Platform.MASTODON, "https://mastodon.social/@ada/456", "456"),
        (Platform.BLUESKY, "https://bsky.app/profile/ada/post/3k", None),
        (Platform.WORDPRESS, "https://tea.example/why-tea", None),
    ],
)
def test_a_link_tells_what_the_next_post_answers_or_is_refused(
    platform: Platform, url: str | None, seen: str | None
) -> None:
    assert seen_id(Platform.SLACK, url) is None
    if seen is None:
        with pytest.raises(Invalid):
            seen_id(platform, url)
    else:
        assert seen_id(platform, url) == seen
