"""X, Mastodon and Bluesky against stand-ins that speak their APIs strictly and notice what is made twice."""

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from dev.platforms.script import Doing, Failing, Fault
from lib.adapters.oauth import OAuth, Registration
from lib.adapters.publishers import Part, Publisher, Secrets, Target
from lib.adapters.publishers.bluesky import Bluesky
from lib.adapters.publishers.mastodon import Mastodon
from lib.adapters.publishers.x import X
from lib.domain.account import Account, Platform
from lib.domain.credentials import Grant
from lib.domain.publication import Post, Sent
from lib.errors import PublishFault
from tests.adapters.publishers.samples import PATIENCE, THREAD, account, failure_of
from tests.dev.platform_desk import PlatformDesk, open_platforms

READABLE = (Platform.X, Platform.BLUESKY)
PLATFORMS = (*READABLE, Platform.MASTODON)
BACK = "https://drumbeat.example/api/account/callback"
VERIFIER = "v" * 43


@dataclass
class Desk:
    """A publisher and its account at one platform's stand-in."""

    platform: Platform
    at: PlatformDesk
    publisher: Publisher
    account: Account
    secrets: Secrets
    oauth: OAuth

    @property
    def post(self) -> Post:
        """Written just now, with all that is hard to write down."""
        texts = (
            "차 & <water> 👩‍👩‍👧: https://tea.example.com/a?b=1&c=2 #차, #tea",
            "More: tea.shop/b.",
            "And patience.",
        )
        return replace(THREAD, segments=texts, written_at=self.at.clock.now() - timedelta(minutes=1))

    @property
    def parts(self) -> list[Part]:
        return list(self.publisher.parts_of(self.post, self.account))

    def target(self, *sent: Sent) -> Target:
        return Target(self.account, self.secrets, sent)

    async def send(self, number: int = 0, *sent: Sent) -> Sent:
        return await self.publisher.send(self.parts[number], self.target(*sent), self.at.clock.now(), PATIENCE)

    async def find(self, number: int = 0, *sent: Sent) -> Sent | None:
        return await self.publisher.find(self.parts[number], self.target(*sent), self.at.clock.now(), PATIENCE)

    def fail(self, how: Failing, **more: object) -> None:
        self.at.platforms[self.platform].script.fail(Fault(how, **more))  # type: ignore[arg-type]

    @property
    def made(self) -> list[str]:
        return [made.text for made in self.at.platforms[self.platform].made]


@pytest.fixture(params=PLATFORMS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with open_platforms() as at, httpx.AsyncClient(trust_env=False) as http:
        yield await opened(request.param, at, http)


async def opened(platform: Platform, at: PlatformDesk, http: httpx.AsyncClient) -> Desk:
    """Connected, with a session where there are sessions."""
    x = at.platforms.x
    ours = Registration(x.consents.client_id, x.consents.client_secret, (), x.url, x.url)
    oauth = OAuth({Platform.X: ours}, lambda: http)

    async def refresh(of: Platform, secrets: Secrets, now: object, within: timedelta) -> Grant:
        return await oauth[of].refresh(secrets, at.clock.now(), within)

    publishers: Mapping[Platform, Publisher] = {
        Platform.X: X(lambda: http, x.url, "https://x.example", refresh),
        Platform.MASTODON: Mastodon(lambda: http),
        Platform.BLUESKY: Bluesky(lambda: http, lambda: http, at.platforms.bluesky.url),
    }
    given = at.platforms.new_account(platform, "ada")
    secrets = at.platforms.x.new_tokens("ada") if platform is Platform.X else given["credentials"]
    publisher = publishers[platform]
    identified = await publisher.identify(secrets, given["settings"], PATIENCE)
    known = account(platform, identified.external_id, **identified.settings)
    if isinstance(publisher, Bluesky):
        secrets = (await publisher.renew(secrets, known, at.clock.now(), PATIENCE)).secrets
    return Desk(platform, at, publisher, known, secrets, oauth)


async def test_a_thread_is_accepted_as_it_was_written(desk: Desk) -> None:
    sent: list[Sent] = []
    for number in range(3):
        sent.append(await desk.send(number, *sent))
    assert desk.made == list(desk.post.segments)
    assert len({it.external_id for it in sent}) == 3


async def test_what_was_made_although_the_reply_was_lost_is_made_once(desk: Desk) -> None:
    first = await desk.send()
    desk.fail(Failing.DROP_AFTER)
    if desk.platform is Platform.BLUESKY:  # looks at once
        second = await desk.send(1, first)
    else:
        assert (await failure_of(desk.send(1, first))).fault is PublishFault.UNKNOWN
        second = await (desk.find(1, first) if desk.platform in READABLE else desk.send(1, first)) or Sent("none")
    assert desk.made == list(desk.post.segments[:2])
    await desk.send(2, first, second)
    assert desk.at.platforms.doubles() == []


async def test_what_was_lost_before_it_was_made_is_not_found(desk: Desk) -> None:
    desk.fail(Failing.DROP_BEFORE)
    assert (await failure_of(desk.send())).fault is PublishFault.UNKNOWN
    if desk.platform in READABLE:
        assert await desk.find() is None
    await desk.send()
    assert desk.made == [desk.post.segments[0]]


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_an_error_that_may_hide_a_post_is_not_called_a_no(status: int, desk: Desk) -> None:
    desk.fail(Failing.STATUS, status=status, is_made=True)
    if desk.platform is Platform.BLUESKY:
        await desk.send()
    else:
        assert (await failure_of(desk.send())).fault is PublishFault.UNKNOWN
        assert await (desk.find() if desk.platform in READABLE else desk.send()) is not None
    assert desk.made == [desk.post.segments[0]]


async def test_a_repetition_is_noticed(desk: Desk) -> None:
    first = await desk.send()
    if desk.platform is Platform.X:
        failed = await failure_of(desk.send())
        assert (failed.fault, failed.details["duplicate"]) == (PublishFault.UNKNOWN, True)
        assert await desk.find() == first
    else:
        assert await desk.send() == first
    assert desk.made == [desk.post.segments[0]]


async def test_a_throttled_account_is_told_how_long(desk: Desk) -> None:
    desk.fail(Failing.THROTTLE, retry_after=timedelta(minutes=2))
    failed = await failure_of(desk.send())
    assert failed.fault is PublishFault.THROTTLED
    assert failed.retry_after is not None
    assert timedelta(seconds=119) <= failed.retry_after <= timedelta(seconds=122)
    assert desk.made == []


async def test_revoked_credentials_are_the_owners_to_mend(desk: Desk) -> None:
    desk.fail(Failing.REVOKED)
    assert (await failure_of(desk.send())).fault is PublishFault.UNAUTHORIZED


async def test_an_account_that_is_gone_is_not_tried_again(desk: Desk) -> None:
    desk.fail(Failing.GONE)
    assert (await failure_of(desk.send())).fault in (PublishFault.GONE, PublishFault.UNAUTHORIZED)


@pytest.mark.parametrize("desk", READABLE, indirect=True)
async def test_a_platform_that_cannot_be_read_is_not_without_the_post(desk: Desk) -> None:
    await desk.send()
    desk.fail(Failing.STATUS, on=Doing.READ, status=503)
    assert (await failure_of(desk.find())).fault is PublishFault.UNSENT


@pytest.mark.parametrize("desk", [Platform.BLUESKY], indirect=True)
async def test_a_session_lasts_as_long_as_its_host_says_and_goes_on(desk: Desk) -> None:
    assert isinstance(desk.publisher, Bluesky)
    now = desk.at.clock.now()
    grant = await desk.publisher.renew(desk.secrets, desk.account, now, PATIENCE)
    assert grant.expires_at == now.replace(microsecond=0) + timedelta(minutes=119)
    assert desk.at.platforms.bluesky.sign_ins("ada") == 2  # connecting, and the first session


@pytest.mark.parametrize("desk", [Platform.X], indirect=True)
async def test_a_person_says_yes_and_the_account_stays_open(desk: Desk) -> None:
    app, x = desk.oauth[Platform.X], desk.at.platforms.x
    hashed = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    async with httpx.AsyncClient(cookies={"user": "ada"}) as browser:
        agreed = await browser.get(app.begin("state 1", hashed, BACK))
    back = {name: value for name, (value,) in parse_qs(urlsplit(agreed.headers["location"]).query).items()}
    assert back["state"] == "state 1"
    now = desk.at.clock.now()
    grant = await app.exchange(back["code"], VERIFIER, BACK, now, PATIENCE)
    renewed = await app.refresh(grant.secrets, now, PATIENCE)
    identified = await desk.publisher.identify(renewed.secrets, {}, PATIENCE)
    assert identified.external_id == x.holder("ada").id
    assert renewed.secrets["refresh_token"] != grant.secrets["refresh_token"]
    assert renewed.expires_at == now + timedelta(hours=2, seconds=-60)


@pytest.mark.parametrize("desk", [Platform.X], indirect=True)
async def test_a_refresh_token_that_was_used_before_needs_its_owner(desk: Desk) -> None:
    app, now = desk.oauth[Platform.X], desk.at.clock.now()
    await app.refresh(desk.secrets, now, PATIENCE)
    assert (await failure_of(app.refresh(desk.secrets, now, PATIENCE))).fault is PublishFault.UNAUTHORIZED


@pytest.mark.parametrize("desk", [Platform.X], indirect=True)
async def test_a_code_works_once_and_for_who_began(desk: Desk) -> None:
    app, now = desk.oauth[Platform.X], desk.at.clock.now()
    failed = await failure_of(app.exchange("no-such-code", VERIFIER, BACK, now, PATIENCE))
    assert failed.fault is PublishFault.UNAUTHORIZED


@pytest.mark.parametrize("desk", [Platform.X], indirect=True)
async def test_an_app_that_x_does_not_know_is_ours_to_mend(desk: Desk) -> None:
    x = desk.at.platforms.x
    async with httpx.AsyncClient() as http:
        app = OAuth({Platform.X: Registration("other", "wrong", (), x.url, x.url)}, lambda: http)[Platform.X]
        failed = await failure_of(app.refresh(desk.secrets, desk.at.clock.now(), PATIENCE))
    assert failed.fault is PublishFault.CONFIGURATION
