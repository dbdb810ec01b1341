"""Whatever can go wrong on the way to a platform can be scripted at its stand-in, and what is there is known."""

import asyncio
import time
from datetime import timedelta

import httpx
import pytest

from dev.platforms.script import Doing, Failing, Fault
from dev.serving import Trouble
from tests.dev.platform_desk import EVERY, PlatformDesk, open_platforms

# Who makes nothing twice, by a key or by recognising the text.
KNOWS_REPEATS = {"x", "mastodon", "bluesky", "newsletter", "webhook"}
THROTTLED_BY = {
    "x": "x-rate-limit-reset",
    "wordpress": "retry-after",
    "mastodon": "x-ratelimit-reset",
    "bluesky": "ratelimit-reset",
    "discord": "retry-after",
    "slack": "retry-after",
    "newsletter": "retry-after",
    "webhook": "retry-after",
}
every_platform = pytest.mark.parametrize("platform", EVERY)


@every_platform
async def test_what_was_published_is_there(desk: PlatformDesk, platform: str) -> None:
    opened = await desk.open(platform)
    answer = await desk.publish(platform, opened, "a cup of tea")
    assert answer.is_success, answer.text
    (made,) = desk.platforms[platform].made_by("ada")
    assert "a cup of tea" in made.text
    assert (made.at, desk.platforms.made()) == (desk.clock.now(), 1)


@every_platform
async def test_a_lost_reply_leaves_what_was_made(desk: PlatformDesk, platform: str) -> None:
    opened = await desk.open(platform)
    desk.platforms[platform].script.fail(Fault(Failing.DROP_AFTER))
    with pytest.raises(httpx.RemoteProtocolError):
        await desk.publish(platform, opened)
    assert len(desk.platforms[platform].made) == 1


@every_platform
async def test_a_connection_lost_before_leaves_nothing(desk: PlatformDesk, platform: str) -> None:
    opened = await desk.open(platform)
    desk.platforms[platform].script.fail(Fault(Failing.DROP_BEFORE))
    with pytest.raises(httpx.RemoteProtocolError):
        await desk.publish(platform, opened)
    assert desk.platforms[platform].made == []


@every_platform
async def test_sent_again_after_a_lost_reply_it_is_recognised_or_seen_twice(desk: PlatformDesk, platform: str) -> None:
    opened, stand_in = await desk.open(platform), desk.platforms[platform]
    stand_in.script.fail(Fault(Failing.DROP_AFTER))
    with pytest.raises(httpx.RemoteProtocolError):
        await desk.publish(platform, opened, key="k1")
    await desk.publish(platform, opened, key="k1")
    if platform in KNOWS_REPEATS:
        assert stand_in.doubles() == []
        assert stand_in.repeats["ada"] == 1
    else:
        (double,) = desk.platforms.doubles()
        assert double.account == "ada"
        assert len(double.external_ids) == 2


@every_platform
async def test_another_key_for_the_same_text_is_seen(desk: PlatformDesk, platform: str) -> None:
    """X knows texts; everybody else makes it again, and the stand-in tells."""
    opened = await desk.open(platform)
    for key in ("k1", "k2"):
        await desk.publish(platform, opened, key=key)
    other = await desk.open(platform, "ben")
    await desk.publish(platform, other, key="k3")
    assert len(desk.platforms.doubles()) == (platform != "x")


@every_platform
async def test_throttled_in_the_platforms_own_headers(desk: PlatformDesk, platform: str) -> None:
    opened = await desk.open(platform)
    desk.platforms[platform].script.fail(Fault(Failing.THROTTLE, retry_after=timedelta(minutes=2)))
    answer = await desk.publish(platform, opened)
    assert answer.status_code == 429
    assert THROTTLED_BY[platform] in answer.headers
    assert desk.platforms[platform].made == []
    assert (await desk.publish(platform, opened)).is_success


@every_platform
async def test_an_error_answer_leaves_nothing_unless_it_came_from_the_way_back(
    desk: PlatformDesk, platform: str
) -> None:
    opened, stand_in = await desk.open(platform), desk.platforms[platform]
    page = "<html>Bad Gateway</html>"
    stand_in.script.fail(Fault(Failing.STATUS, status=503), Fault(Failing.STATUS, status=502, says=page, is_made=True))
    first, second = [await desk.publish(platform, opened) for _ in range(2)]
    assert (first.status_code, second.status_code, second.text) == (503, 502, page)
    assert len(stand_in.made) == 1


@every_platform
async def test_revoked_credentials_die_until_new_ones_are_made(desk: PlatformDesk, platform: str) -> None:
    opened, stand_in = await desk.open(platform), desk.platforms[platform]
    other = await desk.open(platform, "ben")
    stand_in.script.fail(Fault(Failing.REVOKED), account="ada")
    for _ in range(2):
        assert (await desk.publish(platform, opened)).status_code in (400, 401, 403)
    assert (await desk.publish(platform, other)).is_success
    assert (await desk.publish(platform, await desk.open(platform))).is_success
    assert len(stand_in.made_by("ada")) == 1


@every_platform
async def test_what_is_gone_is_gone(desk: PlatformDesk, platform: str) -> None:
    opened, stand_in = await desk.open(platform), desk.platforms[platform]
    stand_in.script.fail(Fault(Failing.GONE))
    for _ in range(2):
        answer = await desk.publish(platform, opened)
        assert answer.status_code in (401, 403, 404, 410)
    assert stand_in.made == []


@every_platform
async def test_a_slow_call_takes_the_stacks_time(desk: PlatformDesk, platform: str) -> None:
    opened, before = await desk.open(platform), desk.clock.now()
    desk.platforms[platform].script.fail(Fault(slow=timedelta(seconds=40)))
    assert (await desk.publish(platform, opened)).is_success
    assert desk.clock.now() - before == timedelta(seconds=40)


@every_platform
@pytest.mark.parametrize("is_made", [False, True])
async def test_a_call_that_hangs_is_never_answered(desk: PlatformDesk, platform: str, is_made: bool) -> None:
    opened = await desk.open(platform)
    desk.platforms[platform].script.fail(Fault(Failing.HANG, is_made=is_made))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await desk.publish(platform, opened)
    assert len(desk.platforms[platform].made) == is_made


async def test_hanging_calls_do_not_keep_the_stack_from_stopping() -> None:
    async with open_platforms() as desk:
        opened = await desk.open("slack")
        desk.platforms.slack.script.fail(Fault(Failing.HANG))
        hanging = asyncio.create_task(desk.publish("slack", opened))
        await asyncio.sleep(0.05)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    with pytest.raises(httpx.HTTPError):
        await hanging


@every_platform
async def test_calls_in_flight_are_counted_for_each_account(desk: PlatformDesk, platform: str) -> None:
    """By the stand-in itself, whatever the caller thinks it does."""
    ada, ben = await desk.open(platform), await desk.open(platform, "ben")
    stand_in = desk.platforms[platform]
    stand_in.moment = 0.1
    for number in range(3):
        await desk.publish(platform, ada, f"one after the other {number}")
    assert stand_in.most_in_flight["ada"] == 1
    await asyncio.gather(desk.publish(platform, ada, "now"), desk.publish(platform, ben, "now"))
    assert (stand_in.most_in_flight["ada"], stand_in.most_in_flight["ben"]) == (1, 1)
    await asyncio.gather(*(desk.publish(platform, ada, f"at once {number}") for number in range(3)))
    assert stand_in.most_in_flight["ada"] == 3


async def test_a_hanging_call_is_in_flight_until_its_caller_has_given_up(desk: PlatformDesk) -> None:
    opened = await desk.open("mastodon")
    desk.platforms.mastodon.script.fail(Fault(Failing.HANG))
    hanging = asyncio.create_task(desk.publish("mastodon", opened))
    await asyncio.sleep(0.05)
    await desk.publish("mastodon", opened, "meanwhile")
    assert desk.platforms.mastodon.most_in_flight["ada"] == 2
    hanging.cancel()


async def test_an_accounts_faults_are_its_own_and_come_first(desk: PlatformDesk) -> None:
    ada, ben = await desk.open("slack"), await desk.open("slack", "ben")
    desk.platforms.slack.script.fail(Fault(Failing.STATUS, status=500))
    desk.platforms.slack.script.fail(Fault(Failing.STATUS, status=503), account="ada")
    statuses = [(await desk.publish("slack", it)).status_code for it in (ada, ben, ada, ben)]
    assert statuses == [503, 500, 200, 200]


async def test_a_fault_waits_for_the_kind_of_call_that_it_is_for(desk: PlatformDesk) -> None:
    opened = await desk.open("discord")
    desk.platforms.discord.script.fail(Fault(Failing.STATUS, status=500, on=Doing.READ))
    assert (await desk.publish("discord", opened)).is_success
    assert (await desk.http.get(opened["url"])).status_code == 500
    assert (await desk.http.get(opened["url"])).status_code == 200


async def test_the_weather_is_asked_when_nothing_is_scripted(desk: PlatformDesk) -> None:
    ada, ben = await desk.open("slack"), await desk.open("slack", "ben")
    desk.platforms.slack.script.weather = lambda account, _: Fault(Failing.THROTTLE) if account == "ada" else None
    assert (await desk.publish("slack", ada)).status_code == 429
    assert (await desk.publish("slack", ben)).is_success
    desk.platforms.clear()
    assert (await desk.publish("slack", ada)).is_success


async def test_each_platform_is_on_a_line_of_its_own(desk: PlatformDesk) -> None:
    opened = {platform: await desk.open(platform) for platform in EVERY}
    desk.lines.discord.trouble = Trouble.FAILING
    answers = {platform: await desk.publish(platform, opened[platform]) for platform in EVERY}
    assert [platform for platform, answer in answers.items() if not answer.is_success] == ["discord"]


async def test_faults_and_what_was_made_can_be_had_over_http(desk: PlatformDesk) -> None:
    opened, url = await desk.open("slack"), desk.platforms.slack.url
    script = [{"how": "throttle", "retry_after": 7}]
    assert (await desk.http.post(f"{url}/_dev/faults", json=script)).json() == {"faults_waiting": 1}
    assert (await desk.http.post(f"{url}/_dev/faults", json=[{"haw": "x"}])).status_code == 400
    assert (await desk.publish("slack", opened)).headers["retry-after"] == "7"
    await desk.publish("slack", opened, "<b>tea</b>")
    assert [it["text"] for it in (await desk.http.get(f"{url}/_dev/made")).json()] == ["<b>tea</b>"]
    wall = (await desk.http.get(desk.platforms.mastodon.url)).text
    assert "&lt;b&gt;tea&lt;/b&gt;" in wall
    assert "1 in all; 0 of them" in wall
