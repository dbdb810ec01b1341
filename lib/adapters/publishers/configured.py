"""Every platform's publisher, and over which connections it is reached."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lib.adapters.publishers import Publisher, Secrets
from lib.clock import Clock
from lib.domain.account import Platform
from lib.domain.credentials import Grant
from lib.domain.platforms import PLATFORMS

if TYPE_CHECKING:
    from lib.adapters.publishers.wire import Connect


@dataclass(frozen=True, slots=True)
class Reach:
    """`http` is for hosts that we name, at the addresses here; `outward` for those that people have given us.

    `refresh` gives new tokens to an account that is connected by OAuth.
    """

    http: "Connect"
    outward: "Connect"
    refresh: "Callable[[Platform, Secrets, datetime, timedelta], Awaitable[Grant]]"
    x_url: str
    x_api_url: str
    bluesky_url: str
    discord_url: str
    slack_url: str
    resend_url: str
    clock: Clock


def make_x(to: Reach) -> Publisher:
    from lib.adapters.publishers.x import X

    return X(to.http, to.x_api_url, to.x_url, to.refresh)


def make_wordpress(to: Reach) -> Publisher:
    from lib.adapters.publishers.wordpress import Wordpress

    return Wordpress(to.outward)


def make_mastodon(to: Reach) -> Publisher:
    from lib.adapters.publishers.mastodon import Mastodon

    return Mastodon(to.outward)


def make_bluesky(to: Reach) -> Publisher:
    from lib.adapters.publishers.bluesky import Bluesky

    return Bluesky(to.http, to.outward, to.bluesky_url)


def make_discord(to: Reach) -> Publisher:
    from lib.adapters.publishers.discord import Discord

    return Discord(to.http, to.discord_url)


def make_slack(to: Reach) -> Publisher:
    from lib.adapters.publishers.slack import Slack

    return Slack(to.http, to.slack_url)


def make_newsletter(to: Reach) -> Publisher:
    from lib.adapters.publishers.newsletter import Newsletter

    return Newsletter(to.http, to.resend_url)


def make_webhook(to: Reach) -> Publisher:
    from lib.adapters.publishers.webhook import Webhook

    return Webhook(to.outward, to.clock)


MAKERS: Mapping[Platform, Callable[[Reach], Publisher]] = {
    Platform.X: make_x,
    Platform.WORDPRESS: make_wordpress,
    Platform.MASTODON: make_mastodon,
    Platform.BLUESKY: make_bluesky,
    Platform.DISCORD: make_discord,
    Platform.SLACK: make_slack,
    Platform.NEWSLETTER: make_newsletter,
    Platform.WEBHOOK: make_webhook,
}


class Publishers:
    """`publishers[platform]` publishes there; each is made, and its module loaded, at first use."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._made: dict[Platform, Publisher] = {}

    def __getitem__(self, platform: Platform) -> Publisher:
        if platform not in self._made:
            self._made[platform] = self._make(platform)
        return self._made[platform]

    def _make(self, platform: Platform) -> Publisher:
        if PLATFORMS[platform].is_assisted:
            from lib.adapters.publishers.assisted import Assisted

            return Assisted(platform)
        return MAKERS[platform](self._reach)
