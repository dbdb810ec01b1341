"""What is a link or a hashtag in a post at Bluesky: ranges of its bytes in UTF-8 (docs.bsky.app, "Rich text").

A @name stays text: only with a look-up would it be sure whom it calls.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from lib.domain.graphemes import ends_of_graphemes
from lib.domain.weighted_length import find_links

LINK, TAG = "app.bsky.richtext.facet#link", "app.bsky.richtext.facet#tag"
LONGEST_TAG = 64  # graphemes


def facets_of(text: str) -> list[dict[str, Any]]:
    """As a record has them, in their order."""
    links = [(start, end, {"$type": LINK, "uri": uri_of(text[start:end])}) for start, end, _ in find_links(text)]
    tags = [
        (start, end, {"$type": TAG, "tag": text[start + 1 : end]})
        for start, end in _tags(text)
        if not any(start < link_end and link_start < end for link_start, link_end, _ in links)
    ]
    found = sorted([*links, *tags], key=lambda it: it[0])
    return [
        {"index": {"byteStart": size_of(text[:start]), "byteEnd": size_of(text[:end])}, "features": [feature]}
        for start, end, feature in found
    ]


def size_of(text: str) -> int:
    return len(text.encode())


def uri_of(link: str) -> str:
    return link if re.match(r"https?://", link, re.IGNORECASE) else f"https://{link}"


def _tags(text: str) -> Iterator[tuple[int, int]]:
    for found in _tag().finditer(text):
        start, end = found.span(1)
        while end > start + 1 and unicodedata.category(text[end - 1]).startswith("P"):
            end -= 1
        name = text[start + 1 : end]
        has_words = any(not char.isdigit() and not unicodedata.category(char).startswith("P") for char in name)
        if has_words and not name.startswith("\ufe0f") and sum(1 for _ in ends_of_graphemes(name)) <= LONGEST_TAG:
            yield start, end


@cache
def _tag() -> re.Pattern[str]:
    return re.compile(r"(?<!\S)([#＃][^\s\u00ad\u2060\u200a-\u200d\u20e2]+)")
