"""What a platform would refuse: too long, too short, too many, no words, broken characters."""

import re
from collections.abc import Iterator

from lib.domain.draft import Draft
from lib.domain.schedule import ContentType
from lib.domain.weighted_length import LONGEST as X_LIMIT
from lib.domain.weighted_length import weighted_length

FEWEST_SEGMENTS, MOST_SEGMENTS = 2, 25
LINKEDIN_LIMIT = 3_000  # counted as UTF-16 units, the most cautious reading of LinkedIn's "characters"
LONGEST_TITLE = 200
LONGEST_SUBJECT = 150
SHORTEST_BLOG_POST, SHORTEST_NEWSLETTER = 200, 80
LONGEST_ARTICLE = 40_000

type Found = Iterator[tuple[str, str]]  # where and what


def check_limits(draft: Draft) -> Found:
    match draft.kind:
        case ContentType.X_POST:
            yield from _check_posts(draft)
        case ContentType.X_THREAD:
            count = len(draft.segments)
            if not FEWEST_SEGMENTS <= count <= MOST_SEGMENTS:
                yield "thread", f"has {count} posts; {FEWEST_SEGMENTS} to {MOST_SEGMENTS} are allowed"
            if len(set(draft.segments)) < count:
                yield "thread", "has the same post twice"
            yield from _check_posts(draft)
        case ContentType.LINKEDIN_POST:
            yield from _at_most("post", len(draft.body.encode("utf-16-le")) // 2, LINKEDIN_LIMIT, "characters")
        case ContentType.BLOG_POST:
            yield from _check_article(draft, LONGEST_TITLE, SHORTEST_BLOG_POST)
        case ContentType.NEWSLETTER:
            yield from _check_article(draft, LONGEST_SUBJECT, SHORTEST_NEWSLETTER)
    yield from _check_characters(draft)


def _check_posts(draft: Draft) -> Found:
    for where, post in draft.parts:
        yield from _at_most(where, weighted_length(post), X_LIMIT, "weighted characters")
        if len(_CASHTAG.findall(post)) > 1:
            yield where, "has several cashtags ($XYZ); X accepts one in a post"


def _check_article(draft: Draft, longest_title: int, shortest_body: int) -> Found:
    title = draft.title or ""
    if "\n" in title:
        yield "title", "has several lines"
    yield from _at_most("title", len(title), longest_title, "characters")
    yield from _at_most("text", len(draft.body), LONGEST_ARTICLE, "characters")
    if 0 < len(draft.body) < shortest_body:
        yield "text", f"has {len(draft.body)} characters; at least {shortest_body} are needed"


def _check_characters(draft: Draft) -> Found:
    for where, text in draft.parts:
        if not any(char.isalnum() for char in text):
            yield where, "has no words"
        if "\ufffd" in text:
            yield where, "has a broken character"
        if _HEAPED.search(text):
            yield where, "has heaps of accents"
        if _PRIVATE.search(text):
            yield where, "has characters that no font shows"


def _at_most(where: str, length: int, limit: int, unit: str) -> Found:
    if length > limit:
        yield where, f"has {length} {unit}; at most {limit} are allowed"


_HEAPED = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]{4}")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_CASHTAG = re.compile(r"(?<![\w$])\$[a-z]{1,6}(?:[._][a-z]{1,2})?(?!\w)", re.IGNORECASE)
