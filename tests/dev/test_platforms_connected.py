"""The product at its platforms' stand-ins: accounts are connected through the front door, and texts go out to them."""

from pathlib import Path

import pytest

from dev.clock import VirtualClock
from dev.platforms.every import NOTICES, make_platforms
from dev.platforms.memory import recall, remember
from dev.secrets import LocalSecrets
from lib.domain.account import Platform
from tests.dev.platform_desk import EVERY, START, PlatformDesk, bearer
from tests.stack import World, at

POSTS = ("bluesky", "discord", "linkedin", "mastodon", "slack", "webhook", "x")
LETTERS = ("naver_blog", "newsletter", "slack", "webhook", "wordpress")
ASSISTED = {"linkedin", "naver_blog"}


@pytest.mark.timeout(300)
async def test_accounts_of_every_platform_are_connected_and_connected_anew(world: World) -> None:
    for platform in Platform:
        account = await world.connect(platform)
        assert await world.connect(platform) == account
        assert await world.connect(platform, "coffee") != account
    accounts = (await world.person.get("/api/accounts"))["accounts"]
    assert {account["status"] for account in accounts} == {"active"}
    assert len(accounts) == 2 * len(Platform)
    assert world.stack.platforms.made() == 0  # nothing is published by connecting


@pytest.mark.parametrize(("kind", "platforms"), [("x_post", POSTS), ("newsletter", LETTERS)])
async def test_a_text_goes_out_once_wherever_it_fits(world: World, kind: str, platforms: tuple[str, ...]) -> None:
    targets = [await world.connect(platform) for platform in platforms]
    schedule = await world.create(contentType=kind, frequency="daily", settings={"topic": "tea", "targets": targets})
    await world.until(at(9, 5))
    assert await world.story_of_publications(schedule) == [
        f"09:00 {platform} {'handed_off' if platform in ASSISTED else 'published'}" for platform in platforms
    ]
    stand_ins = world.stack.platforms
    seen = {platform: len(stand_ins[platform].made_by("tea")) for platform in set(platforms) - ASSISTED}
    assert seen == {platform: 3 if platform == "newsletter" else 1 for platform in seen}  # three readers
    assert not any(made.is_pinging for platform in seen for made in stand_ins[platform].made)


async def test_what_people_are_written_is_in_their_mailbox(world: World) -> None:
    target = await world.connect("linkedin")
    await world.create(frequency="daily", settings={"topic": "tea", "targets": [target]})
    await world.until(at(9, 25))
    (mail,) = world.stack.platforms.resend.mails_to("ada@example.com")
    assert (mail.account, "LinkedIn" in mail.text) == (NOTICES, True)
    assert world.stack.url in mail.text


async def test_one_publication_under_two_webhook_ids_is_seen_twice(desk: PlatformDesk) -> None:
    opened = await desk.open("webhook")
    for key, text in (("p-1-0", "tea"), ("p-2-0", "more tea")):
        body = (
            f'{{"type": "t", "timestamp": "{START.isoformat()}", "data": {{"publicationId": "p", "text": "{text}"}}}}'
        )
        await desk.http.post(opened["url"], content=body, headers=desk.signed(opened, key, body))
    assert len(desk.platforms.doubles()) == 1


async def test_accounts_survive_a_restart_of_the_stack(desk: PlatformDesk, tmp_path: Path) -> None:
    secrets, file = LocalSecrets.fresh(), tmp_path / "platforms.json"
    opened = {platform: await desk.open(platform) for platform in EVERY}
    desk.platforms.slack.revoke("ada")
    remember(desk.platforms, file)
    assert file.stat().st_mode & 0o077 == 0
    for stand_in in desk.platforms.every():
        stand_in.holders.clear()
    desk.platforms.x.consents.families.clear()
    desk.platforms.bluesky.sessions.clear()
    recall(desk.platforms, file)
    opened["bluesky"] = await desk.open("bluesky")
    answers = {platform: await desk.publish(platform, opened[platform]) for platform in EVERY}
    assert [platform for platform, answer in answers.items() if not answer.is_success] == ["slack"]
    me = await desk.http.get(f"{desk.platforms.x.url}/2/users/me", headers=bearer(opened["x"]["access_token"]))
    assert me.json()["data"]["username"] == "ada"
    first_start = make_platforms(VirtualClock(START), "http://127.0.0.1:1", secrets)
    recall(first_start, tmp_path / "nothing.json")
    assert secrets.resend_key in first_start.resend.holders[NOTICES].keys


async def test_what_to_fill_in_is_on_a_page(desk: PlatformDesk) -> None:
    page = (await desk.http.get(f"{desk.platforms.mastodon.url}/_dev/accounts")).text
    assert all(f"<b>{platform}</b>" in page for platform in EVERY if platform != "x")
    for key in desk.platforms.slack.holders["you"].keys:
        assert key in page
