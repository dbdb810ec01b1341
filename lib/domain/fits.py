"""Whether a draft fits a platform: what that platform would refuse, found before anything is sent.

Asked by the gates, for the platforms that a schedule publishes to, and by every publisher for what a person has edited.
Sources of the limits: docs.x.com (weighted length), docs.bsky.app (300 graphemes, 3,000 bytes),
docs.joinmastodon.org/user/posting (500 characters, a link counts 23), discord.com/developers/docs/resources/webhook
(2,000), docs.slack.dev (40,000), github.com/standard-webhooks (20 kB), blog.naver.com's editor.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lib.domain.account import Platform
from lib.domain.draft import ARTICLES, Draft
from lib.domain.graphemes import ends_of_graphemes
from lib.domain.platforms import PLATFORMS
from lib.domain.weighted_length import LINK_WEIGHT, find_links, weighted_length
from lib.domain.weighted_length import LONGEST as X_LIMIT

BLUESKY_GRAPHEMES, BLUESKY_BYTES = 300, 3_000
MASTODON_LIMIT = 500
DISCORD_LIMIT = 2_000
SLACK_LIMIT = 40_000
LINKEDIN_LIMIT = 3_000
WEBHOOK_BYTES = 20_000 - 1_000  # the envelope takes some
LONGEST_TITLE: Mapping[Platform, int] = {Platform.NAVER_BLOG: 100, Platform.WORDPRESS: 200, Platform.NEWSLETTER: 200}

type Found = Iterator[tuple[str, str]]  # where and what


def check_fit(platform: Platform, draft: Draft) -> Found:
    """Where and why it does not fit, in words a model and a person can act on. Nothing is ever cut to fit."""
    if draft.kind not in PLATFORMS[platform].kinds:
        yield "content", f"{platform}: takes no {draft.kind.value.replace('_', ' ')}"
        return
    for where, text in parts_for(platform, draft):
        yield from _check_length(platform, where, text)
    longest = LONGEST_TITLE.get(platform)
    if longest is not None and len(draft.title or "") > longest:
        yield "title", f"{platform}: has {len(draft.title or '')} characters; at most {longest} are allowed"


def parts_for(platform: Platform, draft: Draft) -> Iterator[tuple[str, str]]:
    """The texts that this platform gets, under the names that objections call them. Slack gets an article as one
    message with its title."""
    if draft.kind in ARTICLES and platform is Platform.SLACK:
        yield "text", as_message(draft)
    elif draft.kind in ARTICLES:
        yield "text", draft.body
    else:
        yield from draft.parts


def as_message(draft: Draft) -> str:
    """An article as a chat shows it."""
    return f"**{draft.title}**\n\n{draft.body}" if draft.title else draft.body


@dataclass(frozen=True, slots=True)
class _Limit:
    length: int
    limit: int
    unit: str


def _check_length(platform: Platform, where: str, text: str) -> Found:
    for it in _limits(platform, text):
        if it.length > it.limit:
            yield where, f"{platform}: has {it.length} {it.unit}; at most {it.limit} are allowed"


def _limits(platform: Platform, text: str) -> Iterator[_Limit]:
    match platform:
        case Platform.X:
            yield _Limit(weighted_length(text), X_LIMIT, "weighted characters")
        case Platform.BLUESKY:
            yield _Limit(_graphemes(text), BLUESKY_GRAPHEMES, "characters")
            yield _Limit(len(text.encode()), BLUESKY_BYTES, "bytes")
        case Platform.MASTODON:
            yield _Limit(mastodon_length(text), MASTODON_LIMIT, "characters")
        case Platform.DISCORD:
            yield _Limit(len(text.encode("utf-16-le")) // 2, DISCORD_LIMIT, "characters")
        case Platform.SLACK:
            yield _Limit(len(text), SLACK_LIMIT, "characters")
        case Platform.LINKEDIN:
            yield _Limit(len(text.encode("utf-16-le")) // 2, LINKEDIN_LIMIT, "characters")
        case Platform.WEBHOOK:
            yield _Limit(len(text.encode()), WEBHOOK_BYTES, "bytes")


def mastodon_length(text: str) -> int:
    """As Mastodon counts: graphemes, every link with a scheme as 23."""
    length, done = 0, 0
    for start, end, _ in find_links(text):
        if text[start:end].lower().startswith(("http://", "https://")):
            length += _graphemes(text[done:start]) + LINK_WEIGHT
            done = end
    return length + _graphemes(text[done:])


def _graphemes(text: str) -> int:
    return sum(1 for _ in ends_of_graphemes(text))
