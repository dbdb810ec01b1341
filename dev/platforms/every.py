"""All platforms on one port: each at a path and on a line of its own; what is left is Mastodon's, at the root.

`/` shows what is to be seen at all of them.
"""

from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from dev.clock import StackClock
from dev.platforms.bluesky import Bluesky
from dev.platforms.discord import Discord
from dev.platforms.mastodon import Mastodon
from dev.platforms.receiver import Receiver
from dev.platforms.resend import DOMAIN, Resend
from dev.platforms.script import Fault
from dev.platforms.slack import Slack
from dev.platforms.stand_in import Double, StandIn
from dev.platforms.wall import ACCOUNTS, WALL, make_wall
from dev.platforms.wordpress import WordPress
from dev.platforms.x import X
from dev.secrets import LocalSecrets
from dev.serving import Line

NOTICES = "drumbeat"  # the team at Resend that is ours
# Nothing is ever sent to these: the field of the form, and what stands before the name in it.
ASSISTED = {
    "naver_blog": ("blog", "https://blog.naver.com/"),
    "linkedin": ("profile", "https://www.linkedin.com/in/"),
}
NOTICES_FROM = f"Drumbeat <notices@{NOTICES}.{DOMAIN}>"


@dataclass(frozen=True, slots=True)
class Platforms:
    """One stand-in for each platform."""

    x: X
    wordpress: WordPress
    mastodon: Mastodon
    bluesky: Bluesky
    discord: Discord
    slack: Slack
    resend: Resend
    receiver: Receiver

    def every(self) -> tuple[StandIn, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __getitem__(self, platform: str) -> StandIn:
        """By the product's word for it: `newsletter` is Resend, `webhook` the receiver. Raises KeyError."""
        return {stand_in.platform: stand_in for stand_in in self.every()}[platform]

    def new_account(self, platform: str, name: str) -> dict[str, Any]:
        """What POST /api/account/connect takes, also for the platforms that people post to themselves."""
        if platform in ASSISTED:
            field, address = ASSISTED[platform]
            return {"platform": platform, "credentials": {}, "settings": {field: f"{address}{name}"}}
        return self[platform].new_account(name)

    def doubles(self) -> list[Double]:
        """What is to be seen twice, anywhere."""
        return [double for stand_in in self.every() for double in stand_in.doubles()]

    def made(self) -> int:
        """How much is to be seen, everywhere."""
        return sum(len(stand_in.made) for stand_in in self.every())

    def fail(self, *faults: Fault) -> None:
        """The next calls at every platform go wrong."""
        for stand_in in self.every():
            stand_in.script.fail(*faults)

    def clear(self) -> None:
        """No more faults anywhere. What was revoked or is gone stays so."""
        for stand_in in self.every():
            stand_in.script.clear()


@dataclass(frozen=True, slots=True)
class PlatformLines:
    """The ways to them: each can be cut, hang, fail or be slow on its own. Serve it as an application."""

    x: Line
    wordpress: Line
    mastodon: Line
    bluesky: Line
    discord: Line
    slack: Line
    resend: Line
    receiver: Line
    platforms: Platforms
    wall: ASGIApp

    @classmethod
    def to(cls, platforms: Platforms) -> "PlatformLines":
        lines = {name: Line(getattr(platforms, name).app) for name in platforms.__slots__}
        return cls(**lines, platforms=platforms, wall=make_wall(platforms.every(), platforms.new_account))

    def every(self) -> tuple[Line, ...]:
        return tuple(getattr(self, name) for name in self.platforms.__slots__)

    def release(self) -> None:
        """Let go of the calls that hang: their server is stopping."""
        for line in self.every():
            line.release()
        for stand_in in self.platforms.every():
            stand_in.release()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.mastodon(scope, receive, send)
        if scope["path"] in (WALL, ACCOUNTS):
            return await self.wall(scope, receive, send)
        name, _, rest = scope["path"].lstrip("/").partition("/")
        if name not in self.platforms.__slots__:
            return await self.mastodon(scope, receive, send)
        line: Line = getattr(self, name)
        raw = scope.get("raw_path", b"").partition(f"/{name}".encode())[2]
        return await line({**scope, "path": f"/{rest}", "raw_path": raw}, receive, send)


def make_platforms(clock: StackClock, url: str, secrets: LocalSecrets) -> Platforms:
    """`url` is where all of them are served."""
    platforms = Platforms(
        x=X(clock, f"{url}/x", secrets.x_client_id, secrets.x_client_secret),
        wordpress=WordPress(clock, f"{url}/wordpress"),
        mastodon=Mastodon(clock, url),
        bluesky=Bluesky(clock, f"{url}/bluesky"),
        discord=Discord(clock, f"{url}/discord"),
        slack=Slack(clock, f"{url}/slack"),
        resend=Resend(clock, f"{url}/resend"),
        receiver=Receiver(clock, f"{url}/receiver"),
    )
    platforms.resend.admit(NOTICES, secrets.resend_key)
    return platforms
