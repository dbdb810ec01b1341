"""Platforms that people post to themselves: Naver Blog, whose API ended on 2020-05-06, and LinkedIn, where a post that
was made by API could not be read back. People are given what to paste, and say when it is out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from lib.adapters.publishers import Identified, Part, Secrets, Target, part_key
from lib.adapters.publishers.fitting import fitting_draft, unfit
from lib.adapters.publishers.markdown import is_web_link
from lib.adapters.publishers.unreadable import Unreadable
from lib.domain.account import Account, Platform
from lib.domain.publication import Post, Sent
from lib.errors import PublishFailed, PublishFault

PLACES: Mapping[Platform, str] = {Platform.NAVER_BLOG: "blog", Platform.LINKEDIN: "profile"}  # their one setting


class Assisted(Unreadable):
    """Nothing is ever sent, and nobody is asked."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def parts_of(self, post: Post, account: Account) -> Sequence[Part]:
        """One, which a person posts."""
        fitting_draft(self.platform, post)
        return [Part(0, part_key(post, 0), {})]

    async def send(self, part: Part, target: Target, now: datetime, within: timedelta) -> Sent:
        raise PublishFailed(PublishFault.CONFIGURATION, f"{self.platform}: a person posts there")

    async def identify(self, secrets: Secrets, settings: Mapping[str, Any], within: timedelta) -> Identified:
        """What the person says, tidied: nothing proves it, and nothing has to."""
        place = PLACES[self.platform]
        url = str(settings.get(place) or "").strip().rstrip("/")
        if not is_web_link(url):
            raise unfit(self.platform, ["must be its address, beginning with https://"], field=f"settings.{place}")
        parts = urlsplit(url)
        name = parts.netloc.lower() + parts.path
        return Identified(name, name, {place: url})
