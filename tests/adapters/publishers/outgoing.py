"""One account of a platform, the calls the pipeline makes for it, and an article to send."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx

from lib.adapters.publishers import Identified, Part, Publisher, Target, part_key
from lib.domain.platforms import PLATFORMS
from lib.domain.publication import Post, Sent
from lib.domain.schedule import ContentType
from lib.errors import PublishFailed
from tests.adapters.publishers.samples import NOW, PATIENCE, POST, account, everything_told, failure_of, target

ARTICLE = replace(
    POST,
    version=2,
    kind=ContentType.BLOG_POST,
    title="Tea & Rain: 3 Leaves",
    body="# Why tea\n\nIt **warms** the [hands](https://tea.example/?a=1&b=2) & feet.\n\n- green\n- black\n",
)
CALLING = replace(POST, body="Tea <3 & *rain*, @everyone <!channel>")


def connect() -> httpx.AsyncClient:
    """As `Services` keeps one; respx stands in for what is behind it."""
    return httpx.AsyncClient()


class Outgoing:
    def __init__(self, publisher: Publisher, secrets: Mapping[str, str], **settings: Any) -> None:
        self.publisher = publisher
        self.secrets = secrets
        self.account = account(publisher.platform, **settings)

    @property
    def usual(self) -> Post:
        """The article, or its text as a post where no articles are taken."""
        takes = PLATFORMS[self.publisher.platform].kinds
        return ARTICLE if ARTICLE.kind in takes else replace(ARTICLE, kind=ContentType.LINKEDIN_POST, title=None)

    def parts(self, post: Post | None = None) -> list[Part]:
        post = post or self.usual
        parts = list(self.publisher.parts_of(post, self.account))
        assert [part.number for part in parts] == list(range(len(parts)))
        assert [part.key for part in parts] == [part_key(post, part.number) for part in parts]
        return parts

    def target(self, *sent: Sent) -> Target:
        return target(self.account, self.secrets, *sent)

    async def send(self, part: Part | None = None, *sent: Sent) -> Sent:
        return await self.publisher.send(part or self.parts()[0], self.target(*sent), NOW, PATIENCE)

    async def find(self, part: Part, *sent: Sent) -> Sent | None:
        return await self.publisher.find(part, self.target(*sent), NOW, PATIENCE)

    async def identify(self, **settings: Any) -> Identified:
        return await self.publisher.identify(self.secrets, {**self.account.settings, **settings}, PATIENCE)

    async def failure(self, part: Part | None = None, *sent: Sent) -> PublishFailed:
        """Of `send`."""
        return self.without_secrets(await failure_of(self.send(part, *sent)))

    async def refusal(self, **settings: Any) -> PublishFailed:
        """Of `identify`."""
        return self.without_secrets(await failure_of(self.identify(**settings)))

    def without_secrets(self, failure: PublishFailed) -> PublishFailed:
        """Nothing that proves us, no address and nothing of what was written in anything that may be shown."""
        told = everything_told(failure)
        for name, secret in self.secrets.items():
            assert name == "username" or secret not in told
        assert "://" not in told
        assert ARTICLE.body[:20] not in told
        return failure
