"""What is known about each platform: what it takes, how an unknown outcome can be settled, what it costs.

Sources: docs.x.com (pricing of 2026-04-20, rate limits), docs.joinmastodon.org/methods/statuses, docs.bsky.app,
developer.wordpress.org/rest-api, discord.com/developers/docs, docs.slack.dev, resend.com/docs (idempotency keys),
github.com/standard-webhooks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from lib.domain.account import Platform
from lib.domain.schedule import ContentType
from lib.errors import Invalid

POSTS = frozenset({ContentType.X_POST, ContentType.X_THREAD, ContentType.LINKEDIN_POST})
ARTICLES = frozenset({ContentType.BLOG_POST, ContentType.NEWSLETTER})


class Readback(StrEnum):
    """How it can be found out whether something is out when no reply has told."""

    KEY = "key"  # sent again under the same key it is made once, within `key_lifetime`
    RECORD = "record"  # just this one can be asked for: if it is not there, it was not made
    TIMELINE = "timeline"  # the newest can be looked through: if it is not there, that proves nothing
    NONE = "none"  # nothing can be asked; a person must look


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """`rate` publications of one account in a `period`, as our messages are paced. Money is micro-USD a part.

    `call_time`: how long one call may take. `is_assisted`: people post there themselves; nothing is ever sent.
    """

    kinds: frozenset[ContentType]
    readback: Readback
    rate: int = 30
    period: timedelta = timedelta(minutes=1)
    key_lifetime: timedelta | None = None
    call_time: timedelta = timedelta(seconds=30)
    cost: int = 0
    cost_with_link: int = 0
    is_assisted: bool = False


PLATFORMS: Mapping[Platform, PlatformFacts] = {
    # 100 posts in 15 minutes of one user; a thread is paced by its parts.
    Platform.X: PlatformFacts(
        frozenset({ContentType.X_POST, ContentType.X_THREAD}),
        Readback.TIMELINE,
        rate=20,
        period=timedelta(minutes=15),
        cost=15_000,
        cost_with_link=200_000,
    ),
    Platform.WORDPRESS: PlatformFacts(ARTICLES, Readback.RECORD),
    Platform.MASTODON: PlatformFacts(POSTS, Readback.KEY, key_lifetime=timedelta(hours=1)),
    Platform.BLUESKY: PlatformFacts(POSTS, Readback.RECORD),
    # Hardly an article has its 2,000 characters, and one that does not fit would keep the text from going anywhere.
    Platform.DISCORD: PlatformFacts(POSTS, Readback.NONE, rate=25),
    Platform.SLACK: PlatformFacts(POSTS | ARTICLES, Readback.NONE, rate=50),
    Platform.NEWSLETTER: PlatformFacts(ARTICLES, Readback.KEY, key_lifetime=timedelta(hours=24)),
    # The id is the receiver's idempotency key; Standard Webhooks lets a sender try for more than three days.
    # Somebody's own work may be done before it answers (seed 002 grants a minute).
    Platform.WEBHOOK: PlatformFacts(
        POSTS | ARTICLES, Readback.KEY, key_lifetime=timedelta(days=3), call_time=timedelta(minutes=1)
    ),
    Platform.NAVER_BLOG: PlatformFacts(ARTICLES, Readback.NONE, is_assisted=True),
    Platform.LINKEDIN: PlatformFacts(POSTS, Readback.NONE, is_assisted=True),
}


def price_of(platform: Platform, *, has_link: bool) -> int:
    """What the platform charges for one part, micro-USD."""
    facts = PLATFORMS[platform]
    return facts.cost_with_link if has_link else facts.cost


# What a post's link ends with, where the next of a thread has to name it.
POST_LINK: Mapping[Platform, re.Pattern[str]] = {
    Platform.X: re.compile(r"https://(?:x|twitter)\.com/[^/]+/status/([0-9]{1,30})(?:[/?#].*)?"),
    Platform.MASTODON: re.compile(r"https?://[^/]+/@[^/]+/([0-9]{1,30})(?:[/?#].*)?"),
}


def seen_id(platform: Platform, url: str | None) -> str | None:
    """The platform's id of a part that a person has seen; none where the next part need not name it.

    Raises Invalid where the link has to tell it and does not.
    """
    if PLATFORMS[platform].readback is Readback.RECORD:
        raise Invalid("publicationId", f"can be tried again: {platform} has the same post once")
    pattern = POST_LINK.get(platform)
    if pattern is None:
        return None
    found = pattern.fullmatch(url or "")
    if found is None:
        raise Invalid("url", f"is not the link of the post on {platform}, which the next one answers")
    return found[1]
